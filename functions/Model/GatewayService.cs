namespace MeshPort.Model;

/// <summary>The Service in front of the pods of a gateway.</summary>
/// <param name="Selector">The labels of those pods.</param>
public sealed record GatewayService(string Namespace, string Service, IReadOnlyDictionary<string, string> Selector);

/// <summary>The Services of gateways that do not belong to the Istio add-on; null for the gateways of the add-on.</summary>
public sealed record GatewayServicesSpec(GatewayService? External, GatewayService? Internal)
{
    public static readonly GatewayServicesSpec AddOns = new(null, null);

    public GatewayService? Find(GatewayKind gateway) => gateway == GatewayKind.External ? External : Internal;
}
