using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// The names that the AKS Istio add-on gives its objects (AKS documentation, "Deploy ingress gateways for the Istio add-on").
/// </summary>
internal static class AddOn
{
    public const string IngressNamespace = GatewayNamespaces.OfAddOn;

    private const string SystemNamespace = "aks-istio-system";

    /// <summary>The root namespace of an installation of Istio by its own default.</summary>
    private const string IstioNamespace = "istio-system";

    /// <summary>The label of the control plane's Deployments, of the add-on or of another installation of Istio.</summary>
    public const string ControlPlaneSelector = "app=istiod";

    /// <summary>The namespace of the control plane, of the add-on or of another installation of Istio.</summary>
    public static string ControlPlaneNamespace(ClusterSpec spec) =>
        spec.GatewayServices == GatewayServicesSpec.AddOns ? SystemNamespace : IstioNamespace;

    /// <summary>
    /// For people, the ConfigMap with defaults for all Gateways of the Gateway API (AKS documentation, "Gateway API for the Istio add-on").
    /// </summary>
    public static string TellClassDefaults(ClusterSpec spec) =>
        ControlPlaneNamespace(spec) == SystemNamespace
            ? $"ConfigMap {SystemNamespace}/istio-gateway-class-defaults"
            : $"the ConfigMap of namespace {IstioNamespace} with label gateway.istio.io/defaults-for-class";

    /// <summary>The value of the label <c>istio</c> on the gateway's pods; the same for every mesh revision.</summary>
    public static string GatewayName(GatewayKind gateway) =>
        $"aks-istio-ingressgateway-{(gateway == GatewayKind.External ? "external" : "internal")}";

    /// <summary>The gateway that the spec names, or else the add-on's.</summary>
    public static GatewayService Gateway(ClusterSpec spec, GatewayKind gateway) =>
        spec.GatewayServices.Find(gateway)
        ?? new GatewayService(IngressNamespace, GatewayName(gateway), new Dictionary<string, string> { ["istio"] = GatewayName(gateway) });

    /// <summary>
    /// The gateway in the namespace of the pods that serve the exposures: with the Gateway API, Istio runs pods beside each Gateway.
    /// </summary>
    public static GatewayService Serving(ClusterSpec spec, GatewayKind gateway) =>
        spec is { Strategy: Strategy.GatewayApi, GatewayNamespace: { } home }
            ? Gateway(spec, gateway) with
            {
                Namespace = home,
            }
            : Gateway(spec, gateway);

    /// <summary>The namespace of the pods that serve the exposures of a gateway.</summary>
    public static string Home(ClusterSpec spec, GatewayKind gateway) => Serving(spec, gateway).Namespace;

    /// <summary>
    /// The namespaces from which the pods of a gateway may serve exposures: with a namespace of the spec also that of the add-on, whose
    /// gateway serves the ports of a previous strategy.
    /// </summary>
    public static IReadOnlyList<string> Homes(ClusterSpec spec, GatewayKind gateway) =>
        [.. new[] { Gateway(spec, gateway).Namespace, Home(spec, gateway) }.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>
    /// The namespaces that may be the root namespace of the mesh, whose objects apply to all namespaces. Only the add-on's is known for
    /// certain.
    /// </summary>
    /// <param name="gateway">The namespace of the gateway.</param>
    public static IReadOnlyList<string> RootNamespaces(string gateway) =>
        gateway == IngressNamespace ? [SystemNamespace] : [SystemNamespace, IstioNamespace];
}
