using MeshPort.Sandbox.Kubernetes.Conversion;
using MeshPort.Sandbox.Kubernetes.Definitions;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>All kinds that a sandbox cluster can serve.</summary>
internal static class ResourceCatalog
{
    /// <summary>The subresource of a certificate request through which it is approved or denied.</summary>
    public const string Approval = "approval";

    public static readonly ResourceType Namespace = Core("Namespace", "namespaces", BuiltInSchemas.Namespace) with
    {
        Namespaced = false,
        ShortNames = ["ns"],
    };
    public static readonly ResourceType Node = Core("Node", "nodes", BuiltInSchemas.Node) with { Namespaced = false, ShortNames = ["no"] };
    public static readonly ResourceType Pod = Core("Pod", "pods", BuiltInSchemas.Pod) with
    {
        OtherSubresources = ["attach", "eviction", "exec", "log", "portforward"],
        ShortNames = ["po"],
        Categories = ["all"],
    };
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
        OtherSubresources = ["token"],
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
        HasScale = true,
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
    public static readonly ResourceType MutatingWebhook = AdmissionHook("MutatingWebhookConfiguration");
    public static readonly ResourceType ValidatingWebhook = AdmissionHook("ValidatingWebhookConfiguration");
    public static readonly ResourceType StatefulSet = Published("apps", "StatefulSet", "sts") with
    {
        HasScale = true,
        Categories = ["all"],
    };
    public static readonly ResourceType DaemonSet = Published("apps", "DaemonSet", "ds") with { Categories = ["all"] };
    public static readonly ResourceType ControllerRevision = Published("apps", "ControllerRevision") with
    {
        HasStatus = false,
        HasGeneration = false,
    };
    public static readonly ResourceType Job = Published("batch", "Job") with { Categories = ["all"] };
    public static readonly ResourceType CronJob = Published("batch", "CronJob", "cj") with { Categories = ["all"] };
    public static readonly ResourceType Ingress = Published("networking.k8s.io", "Ingress", "ing") with { Plural = "ingresses" };
    public static readonly ResourceType IngressClass = Published("networking.k8s.io", "IngressClass") with
    {
        Plural = "ingressclasses",
        Namespaced = false,
        HasStatus = false,
    };
    public static readonly ResourceType NetworkPolicy = Published("networking.k8s.io", "NetworkPolicy", "netpol") with
    {
        Plural = "networkpolicies",
        HasStatus = false,
    };
    public static readonly ResourceType Claim = Published("", "PersistentVolumeClaim", "pvc");
    public static readonly ResourceType Volume = Published("", "PersistentVolume", "pv") with { Namespaced = false };
    public static readonly ResourceType StorageClass = Published("storage.k8s.io", "StorageClass", "sc") with
    {
        Plural = "storageclasses",
        Namespaced = false,
        HasStatus = false,
        HasGeneration = false,
    };
    public static readonly ResourceType ResourceQuota = Published("", "ResourceQuota", "quota");
    public static readonly ResourceType LimitRange = Published("", "LimitRange", "limits") with { HasStatus = false };
    public static readonly ResourceType PriorityClass = Published("scheduling.k8s.io", "PriorityClass", "pc") with
    {
        Plural = "priorityclasses",
        Namespaced = false,
        HasStatus = false,
    };
    public static readonly ResourceType RuntimeClass = Published("node.k8s.io", "RuntimeClass") with
    {
        Plural = "runtimeclasses",
        Namespaced = false,
        HasStatus = false,
        HasGeneration = false,
    };
    public static readonly ResourceType FlowSchema = Published("flowcontrol.apiserver.k8s.io", "FlowSchema") with { Namespaced = false };
    public static readonly ResourceType PriorityLevel = Published("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration") with
    {
        Namespaced = false,
    };
    public static readonly ResourceType CertificateRequest = Published("certificates.k8s.io", "CertificateSigningRequest", "csr") with
    {
        Namespaced = false,
        HasGeneration = false,
        OtherSubresources = [Approval],
    };
    public static readonly ResourceType Lease = Published("coordination.k8s.io", "Lease") with { HasStatus = false, HasGeneration = false };
    public static readonly ResourceType ApiService = Published("apiregistration.k8s.io", "APIService") with
    {
        Namespaced = false,
        HasGeneration = false,
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

    public static readonly ResourceType SecretProviderClass = Custom("secretproviderclasses.secrets-store.csi.x-k8s.io");
    public static readonly ResourceType SecretProviderClassPodStatus = Custom("secretproviderclasspodstatuses.secrets-store.csi.x-k8s.io");

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

    /// <summary>Served only while the add-on that reads key vaults is enabled.</summary>
    public static readonly IReadOnlyList<ResourceType> SecretsStoreTypes = [SecretProviderClass, SecretProviderClassPodStatus];

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
        MutatingWebhook,
        ValidatingWebhook,
        StatefulSet,
        DaemonSet,
        ControllerRevision,
        Job,
        CronJob,
        Ingress,
        IngressClass,
        NetworkPolicy,
        Claim,
        Volume,
        StorageClass,
        ResourceQuota,
        LimitRange,
        PriorityClass,
        RuntimeClass,
        FlowSchema,
        PriorityLevel,
        CertificateRequest,
        Lease,
        ApiService,
        CustomResourceDefinition,
        Role,
        ClusterRole,
        RoleBinding,
        ClusterRoleBinding,
        .. IstioTypes,
        .. GatewayApiTypes,
        .. SecretsStoreTypes,
    ];

    private static ResourceType Core(string kind, string plural, Schema schema) =>
        new("", ["v1"], kind, plural, schema) { HasGeneration = false };

    private static ResourceType Rbac(string kind, string plural, Schema schema) =>
        new("rbac.authorization.k8s.io", ["v1"], kind, plural, schema) { HasStatus = false, HasGeneration = false };

    private static ResourceType AdmissionHook(string kind) =>
        Published("admissionregistration.k8s.io", kind) with
        {
            Namespaced = false,
            HasStatus = false,
            Categories = ["api-extensions"],
        };

    /// <summary>A kind of version v1 whose schema is its published message.</summary>
    private static ResourceType Published(string group, string kind, params string[] shortNames) =>
        new(
            group,
            ["v1"],
            kind,
            $"{kind.ToLowerInvariant()}s",
            MessageSchemas.Kind($"{(group.Length == 0 ? "core" : group.Split('.')[0])}.v1.{kind}")
        )
        {
            HasGeneration = group.Length > 0,
            ShortNames = shortNames,
        };

    private static ResourceType Custom(string name) => CustomDefinition.Load(name).Type;
}
