namespace MeshPort.Model;

/// <summary>The Service in front of a gateway's pods.</summary>
/// <param name="Selector">The labels of those pods.</param>
public sealed record GatewayService(string Namespace, string Service, IReadOnlyDictionary<string, string> Selector);

/// <summary>The gateways of a cluster that are not the add-on's; null where they are.</summary>
public sealed record GatewayServicesSpec(GatewayService? External, GatewayService? Internal)
{
    public static readonly GatewayServicesSpec AddOns = new(null, null);

    public GatewayService? Find(GatewayKind gateway) => gateway == GatewayKind.External ? External : Internal;
}
