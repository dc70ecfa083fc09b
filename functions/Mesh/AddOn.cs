using MeshPort.Clusters;
using MeshPort.Kubernetes;

namespace MeshPort.Mesh;

/// <summary>The names that the AKS Istio add-on gives its objects (AKS documentation, "Deploy ingress gateways for the Istio add-on").</summary>
internal static class AddOn
{
    public const string SystemNamespace = "aks-istio-system";
    public const string IngressNamespace = "aks-istio-ingress";

    public static ObjectRef GatewayService(GatewayKind gateway) => new(ObjectKind.Service, IngressNamespace, GatewayName(gateway));

    /// <summary>The value of the label <c>istio</c> on the gateway's pods; the same for every mesh revision.</summary>
    public static string GatewayName(GatewayKind gateway) => $"aks-istio-ingressgateway-{(gateway == GatewayKind.External ? "external" : "internal")}";

    public static ObjectRef ControlPlane(string revision) => new(ObjectKind.Deployment, SystemNamespace, $"istiod-{revision}");
}
