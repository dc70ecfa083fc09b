using MeshPort.Model;

namespace MeshPort.Kubernetes;

/// <summary>The kinds of objects that MeshPort writes. It only reads EnvoyFilters and EndpointSlices.</summary>
internal sealed record ObjectKind(string Group, string Version, string Plural, string Name)
{
    private const string Istio = "networking.istio.io";
    private const string IstioSecurity = "security.istio.io";
    private const string GatewayApi = "gateway.networking.k8s.io";

    public static readonly ObjectKind Deployment = new("apps", "v1", "deployments", "Deployment");
    public static readonly ObjectKind Service = new("", "v1", "services", "Service");
    public static readonly ObjectKind ConfigMap = new("", "v1", "configmaps", "ConfigMap");
    public static readonly ObjectKind SecretProviderClass = new(
        "secrets-store.csi.x-k8s.io",
        "v1",
        "secretproviderclasses",
        "SecretProviderClass"
    );
    public static readonly ObjectKind Gateway = new(Istio, "v1", "gateways", "Gateway");
    public static readonly ObjectKind VirtualService = new(Istio, "v1", "virtualservices", "VirtualService");
    public static readonly ObjectKind DestinationRule = new(Istio, "v1", "destinationrules", "DestinationRule");
    public static readonly ObjectKind ServiceEntry = new(Istio, "v1", "serviceentries", "ServiceEntry");
    public static readonly ObjectKind AuthorizationPolicy = new(IstioSecurity, "v1", "authorizationpolicies", "AuthorizationPolicy");
    public static readonly ObjectKind EnvoyFilter = new(Istio, "v1alpha3", "envoyfilters", "EnvoyFilter");
    public static readonly ObjectKind EndpointSlice = new("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice");
    public static readonly ObjectKind ListenerGateway = new(GatewayApi, "v1", "gateways", "Gateway");
    public static readonly ObjectKind TcpRoute = new(GatewayApi, "v1", "tcproutes", "TCPRoute");
    public static readonly ObjectKind TlsRoute = new(GatewayApi, "v1", "tlsroutes", "TLSRoute");
    public static readonly ObjectKind ReferenceGrant = new(GatewayApi, "v1beta1", "referencegrants", "ReferenceGrant");

    /// <summary>
    /// Whether only MeshPort writes the spec of its objects of this kind: the definitions have no merged lists, and no defaults for fields
    /// that MeshPort does not set. So are those of Istio, and routes and ReferenceGrants of the Gateway API.
    /// </summary>
    public bool IsExact => Group is Istio or IstioSecurity || this == TcpRoute || this == TlsRoute || this == ReferenceGrant;

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";
}

/// <summary>Names one object.</summary>
internal sealed record ObjectRef(ObjectKind Kind, string Namespace, string Name)
{
    /// <summary>The Service of a gateway.</summary>
    public static ObjectRef Of(GatewayService gateway) => new(ObjectKind.Service, gateway.Namespace, gateway.Service);

    public override string ToString() => $"{Kind.Name} {Namespace}/{Name}";
}
