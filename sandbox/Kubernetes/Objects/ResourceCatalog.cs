namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>Every kind that a sandbox cluster serves.</summary>
internal static class ResourceCatalog
{
    private static readonly string[] IstioVersions = ["v1", "v1beta1", "v1alpha3"];
    private static readonly string[] IstioCategories = ["istio-io", "networking-istio-io"];

    public static readonly ResourceType Namespace = Core("Namespace", "namespaces", BuiltInSchemas.Namespace) with { Namespaced = false, ShortNames = ["ns"] };
    public static readonly ResourceType Node = Core("Node", "nodes", BuiltInSchemas.Node) with { Namespaced = false, ShortNames = ["no"] };
    public static readonly ResourceType Pod = Core("Pod", "pods", BuiltInSchemas.Pod) with { ShortNames = ["po"], Categories = ["all"] };
    public static readonly ResourceType Service = Core("Service", "services", BuiltInSchemas.Service) with { ShortNames = ["svc"], Categories = ["all"] };
    public static readonly ResourceType Endpoints = Core("Endpoints", "endpoints", BuiltInSchemas.Endpoints) with { HasStatus = false, ShortNames = ["ep"] };
    public static readonly ResourceType ConfigMap = Core("ConfigMap", "configmaps", BuiltInSchemas.ConfigMap) with { HasStatus = false, ShortNames = ["cm"] };
    public static readonly ResourceType Secret = Core("Secret", "secrets", BuiltInSchemas.Secret) with { HasStatus = false };
    public static readonly ResourceType Event = Core("Event", "events", BuiltInSchemas.Event) with { HasStatus = false, ShortNames = ["ev"] };
    public static readonly ResourceType ServiceAccount = Core("ServiceAccount", "serviceaccounts", BuiltInSchemas.ServiceAccount) with { HasStatus = false, ShortNames = ["sa"] };
    public static readonly ResourceType Deployment = new("apps", ["v1"], "Deployment", "deployments", BuiltInSchemas.Deployment) { HasScale = true, ShortNames = ["deploy"], Categories = ["all"] };
    public static readonly ResourceType ReplicaSet = new("apps", ["v1"], "ReplicaSet", "replicasets", BuiltInSchemas.ReplicaSet) { ShortNames = ["rs"], Categories = ["all"] };
    public static readonly ResourceType Scaler = new("autoscaling", ["v2"], "HorizontalPodAutoscaler", "horizontalpodautoscalers", BuiltInSchemas.Scaler) { HasGeneration = false, ShortNames = ["hpa"], Categories = ["all"] };
    public static readonly ResourceType EndpointSlice = new("discovery.k8s.io", ["v1"], "EndpointSlice", "endpointslices", BuiltInSchemas.EndpointSlice) { HasStatus = false, ReadOnly = true };
    public static readonly ResourceType CustomResourceDefinition = new("apiextensions.k8s.io", ["v1"], "CustomResourceDefinition", "customresourcedefinitions", BuiltInSchemas.CustomResourceDefinition) { Namespaced = false, ReadOnly = true, ShortNames = ["crd", "crds"] };
    public static readonly ResourceType Role = Rbac("Role", "roles", BuiltInSchemas.Role);
    public static readonly ResourceType ClusterRole = Rbac("ClusterRole", "clusterroles", BuiltInSchemas.ClusterRole) with { Namespaced = false };
    public static readonly ResourceType RoleBinding = Rbac("RoleBinding", "rolebindings", BuiltInSchemas.RoleBinding);
    public static readonly ResourceType ClusterRoleBinding = Rbac("ClusterRoleBinding", "clusterrolebindings", BuiltInSchemas.RoleBinding) with { Namespaced = false };
    public static readonly ResourceType Gateway = Istio("Gateway", "gateways", IstioSchemas.Gateway) with { ShortNames = ["gw"] };
    public static readonly ResourceType VirtualService = Istio("VirtualService", "virtualservices", IstioSchemas.VirtualService) with { ShortNames = ["vs"] };
    public static readonly ResourceType DestinationRule = Istio("DestinationRule", "destinationrules", IstioSchemas.DestinationRule) with { ShortNames = ["dr"] };

    public static readonly IReadOnlyList<ResourceType> All =
    [
        Namespace, Node, Pod, Service, Endpoints, ConfigMap, Secret, Event, ServiceAccount, Deployment, ReplicaSet, Scaler, EndpointSlice, CustomResourceDefinition,
        Role, ClusterRole, RoleBinding, ClusterRoleBinding,
        Gateway, VirtualService, DestinationRule,
    ];

    /// <summary>Served only while the mesh add-on's definitions are there.</summary>
    public static readonly IReadOnlyList<ResourceType> IstioTypes = [Gateway, VirtualService, DestinationRule];

    private static ResourceType Core(string kind, string plural, Schema schema) =>
        new("", ["v1"], kind, plural, schema) { HasGeneration = false };

    private static ResourceType Rbac(string kind, string plural, Schema schema) =>
        new("rbac.authorization.k8s.io", ["v1"], kind, plural, schema) { HasStatus = false, HasGeneration = false };

    private static ResourceType Istio(string kind, string plural, Schema schema) =>
        new("networking.istio.io", IstioVersions, kind, plural, schema) { Custom = true, Categories = IstioCategories };
}
