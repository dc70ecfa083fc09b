using MeshPort.Sandbox.Kubernetes.Conversion;
using MeshPort.Sandbox.Kubernetes.Definitions;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>All kinds that a sandbox cluster can serve.</summary>
internal static class ResourceCatalog
{
    public static readonly ResourceType Namespace = Core("Namespace", "namespaces", BuiltInSchemas.Namespace) with
    {
        Namespaced = false,
        ShortNames = ["ns"],
    };
    public static readonly ResourceType Node = Core("Node", "nodes", BuiltInSchemas.Node) with { Namespaced = false, ShortNames = ["no"] };
    public static readonly ResourceType Pod = Core("Pod", "pods", BuiltInSchemas.Pod) with { ShortNames = ["po"], Categories = ["all"] };
    public static readonly ResourceType Service = Core("Service", "services", BuiltInSchemas.Service) with
    {
        ShortNames = ["svc"],
        Categories = ["all"],
    };
    public static readonly ResourceType Endpoints = Core("Endpoints", "endpoints", BuiltInSchemas.Endpoints) with
    {
        HasStatus = false,
        ShortNames = ["ep"],
    };
    public static readonly ResourceType ConfigMap = Core("ConfigMap", "configmaps", BuiltInSchemas.ConfigMap) with
    {
        HasStatus = false,
        ShortNames = ["cm"],
    };
    public static readonly ResourceType Secret = Core("Secret", "secrets", BuiltInSchemas.Secret) with { HasStatus = false };
    public static readonly ResourceType Event = Core("Event", "events", BuiltInSchemas.Event) with
    {
        Versions = ["v1", EventConverter.Version],
        HasStatus = false,
        ShortNames = ["ev"],
        Converters = new Dictionary<string, VersionConverter>
        {
            [EventConverter.Version] = new(BuiltInSchemas.GroupEvent, EventConverter.ToStored, EventConverter.FromStored),
        },
    };
    public static readonly ResourceType ServiceAccount = Core("ServiceAccount", "serviceaccounts", BuiltInSchemas.ServiceAccount) with
    {
        HasStatus = false,
        ShortNames = ["sa"],
    };
    public static readonly ResourceType Deployment = new("apps", ["v1"], "Deployment", "deployments", BuiltInSchemas.Deployment)
    {
        HasScale = true,
        ShortNames = ["deploy"],
        Categories = ["all"],
    };
    public static readonly ResourceType ReplicaSet = new("apps", ["v1"], "ReplicaSet", "replicasets", BuiltInSchemas.ReplicaSet)
    {
        ShortNames = ["rs"],
        Categories = ["all"],
    };
    public static readonly ResourceType Scaler = new(
        "autoscaling",
        ["v2", ScalerConverter.Version],
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        BuiltInSchemas.Scaler
    )
    {
        HasGeneration = false,
        ShortNames = ["hpa"],
        Categories = ["all"],
        Converters = new Dictionary<string, VersionConverter>
        {
            [ScalerConverter.Version] = new(BuiltInSchemas.FirstScaler, ScalerConverter.ToStored, ScalerConverter.FromStored),
        },
    };
    public static readonly ResourceType EndpointSlice = new(
        "discovery.k8s.io",
        ["v1"],
        "EndpointSlice",
        "endpointslices",
        BuiltInSchemas.EndpointSlice
    )
    {
        HasStatus = false,
        ReadOnly = true,
    };
    public static readonly ResourceType DisruptionBudget = new(
        "policy",
        ["v1"],
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        BuiltInSchemas.DisruptionBudget
    )
    {
        ShortNames = ["pdb"],
    };
    public static readonly ResourceType ValidatingWebhook = new(
        "admissionregistration.k8s.io",
        ["v1"],
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        BuiltInSchemas.ValidatingWebhook
    )
    {
        Namespaced = false,
        HasStatus = false,
        Categories = ["api-extensions"],
    };
    public static readonly ResourceType CustomResourceDefinition = new(
        "apiextensions.k8s.io",
        ["v1"],
        "CustomResourceDefinition",
        "customresourcedefinitions",
        BuiltInSchemas.CustomResourceDefinition
    )
    {
        Namespaced = false,
        ReadOnly = true,
        ShortNames = ["crd", "crds"],
    };
    public static readonly ResourceType Role = Rbac("Role", "roles", BuiltInSchemas.Role);
    public static readonly ResourceType ClusterRole = Rbac("ClusterRole", "clusterroles", BuiltInSchemas.ClusterRole) with
    {
        Namespaced = false,
    };
    public static readonly ResourceType RoleBinding = Rbac("RoleBinding", "rolebindings", BuiltInSchemas.RoleBinding);
    public static readonly ResourceType ClusterRoleBinding = Rbac(
        "ClusterRoleBinding",
        "clusterrolebindings",
        BuiltInSchemas.RoleBinding
    ) with
    {
        Namespaced = false,
    };
    public static readonly ResourceType Gateway = Custom("gateways.networking.istio.io");
    public static readonly ResourceType VirtualService = Custom("virtualservices.networking.istio.io");
    public static readonly ResourceType DestinationRule = Custom("destinationrules.networking.istio.io");
    public static readonly ResourceType ServiceEntry = Custom("serviceentries.networking.istio.io");
    public static readonly ResourceType AuthorizationPolicy = Custom("authorizationpolicies.security.istio.io");
    public static readonly ResourceType GatewayClass = Custom("gatewayclasses.gateway.networking.k8s.io");
    public static readonly ResourceType ListeningGateway = Custom("gateways.gateway.networking.k8s.io");
    public static readonly ResourceType TcpRoute = Custom("tcproutes.gateway.networking.k8s.io");
    public static readonly ResourceType TlsRoute = Custom("tlsroutes.gateway.networking.k8s.io");
    public static readonly ResourceType ReferenceGrant = Custom("referencegrants.gateway.networking.k8s.io");

    /// <summary>Custom resources that the mesh add-on refuses (Learn: istio-support-policy, "blocked").</summary>
    public static readonly IReadOnlyList<ResourceType> BlockedByAddOn =
    [
        Custom("proxyconfigs.networking.istio.io"),
        Custom("workloadentries.networking.istio.io"),
        Custom("workloadgroups.networking.istio.io"),
        Custom("wasmplugins.extensions.istio.io"),
    ];

    /// <summary>Served only while the mesh add-on's definitions exist.</summary>
    public static readonly IReadOnlyList<ResourceType> IstioTypes =
    [
        Gateway,
        VirtualService,
        DestinationRule,
        ServiceEntry,
        Custom("sidecars.networking.istio.io"),
        Custom("envoyfilters.networking.istio.io"),
        Custom("peerauthentications.security.istio.io"),
        AuthorizationPolicy,
        Custom("requestauthentications.security.istio.io"),
        Custom("telemetries.telemetry.istio.io"),
        .. BlockedByAddOn,
    ];

    /// <summary>Served only while the managed Gateway API bundle is installed and contains them (<see cref="GatewayApiBundle"/>).</summary>
    public static readonly IReadOnlyList<ResourceType> GatewayApiTypes =
    [
        GatewayClass,
        ListeningGateway,
        TcpRoute,
        TlsRoute,
        ReferenceGrant,
    ];

    public static readonly IReadOnlyList<ResourceType> All =
    [
        Namespace,
        Node,
        Pod,
        Service,
        Endpoints,
        ConfigMap,
        Secret,
        Event,
        ServiceAccount,
        Deployment,
        ReplicaSet,
        Scaler,
        EndpointSlice,
        DisruptionBudget,
        ValidatingWebhook,
        CustomResourceDefinition,
        Role,
        ClusterRole,
        RoleBinding,
        ClusterRoleBinding,
        .. IstioTypes,
        .. GatewayApiTypes,
    ];

    private static ResourceType Core(string kind, string plural, Schema schema) =>
        new("", ["v1"], kind, plural, schema) { HasGeneration = false };

    private static ResourceType Rbac(string kind, string plural, Schema schema) =>
        new("rbac.authorization.k8s.io", ["v1"], kind, plural, schema) { HasStatus = false, HasGeneration = false };

    private static ResourceType Custom(string name) => CustomDefinition.Load(name).Type;
}
