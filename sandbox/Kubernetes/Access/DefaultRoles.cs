using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Server;
using MeshPort.Sandbox.Kubernetes.Server.Discovery;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>
/// The roles and bindings that an API server creates for the resources served here
/// (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings), and the two of AKS.
/// </summary>
internal static class DefaultRoles
{
    public const string ClusterAdmin = "cluster-admin";
    private const string Read = "get,list,watch";
    private const string Write = "create,delete,deletecollection,patch,update";
    private const string Workloads =
        "daemonsets,deployments,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale";
    private const string Networking = "ingresses,networkpolicies";

    private static readonly JsonNode[] View =
    [
        Rule(
            Read,
            "",
            "configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,serviceaccounts,services,services/status"
        ),
        Rule(Read, "", "events,limitranges,namespaces/status,pods/log,pods/status,resourcequotas,resourcequotas/status"),
        Rule(Read, "", "namespaces"),
        Rule(Read, "discovery.k8s.io", "endpointslices"),
        Rule(Read, "apps", $"{Workloads},controllerrevisions,daemonsets/status,deployments/status,replicasets/status,statefulsets/status"),
        Rule(Read, "batch", "cronjobs,cronjobs/status,jobs,jobs/status"),
        Rule(Read, "networking.k8s.io", $"{Networking},ingresses/status"),
        Rule(Read, "policy", "poddisruptionbudgets,poddisruptionbudgets/status"),
        Rule(Read, "autoscaling", "horizontalpodautoscalers,horizontalpodautoscalers/status"),
    ];

    private static readonly JsonNode[] Edit =
    [
        Rule(Read, "", "pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy"),
        Rule("impersonate", "", "serviceaccounts"),
        Rule(Write, "", "pods,pods/attach,pods/exec,pods/portforward,pods/proxy"),
        Rule("create", "", "pods/eviction"),
        Rule(Write, "", "configmaps,events,persistentvolumeclaims,secrets,serviceaccounts,services,services/proxy"),
        Rule("create", "", "serviceaccounts/token"),
        Rule(Write, "apps", $"deployments,deployments/rollback,{Workloads}"),
        Rule(Write, "autoscaling", "horizontalpodautoscalers"),
        Rule(Write, "batch", "cronjobs,jobs"),
        Rule(Write, "networking.k8s.io", Networking),
        Rule(Write, "policy", "poddisruptionbudgets"),
        Rule($"{Read},{Write}", "coordination.k8s.io", "leases"),
    ];

    private static readonly JsonNode[] Admin =
    [
        Rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
        Rule($"{Read},{Write}", "rbac.authorization.k8s.io", "rolebindings,roles"),
    ];

    public static IReadOnlyList<(string Name, IReadOnlyList<JsonNode> Rules)> ClusterRoles { get; } =
    [
        (ClusterAdmin, [Rule("*", "*", "*"), Paths("*", "*")]),
        ("admin", [.. Admin, .. Edit, .. View]),
        ("edit", [.. Edit, .. View]),
        ("view", View),
        (
            "system:basic-user",
            [
                Rule("create", "authorization.k8s.io", "selfsubjectaccessreviews,selfsubjectrulesreviews"),
                Rule("create", "authentication.k8s.io", "selfsubjectreviews"),
            ]
        ),
        ("system:discovery", [Paths("get", "/api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/")]),
        ("system:public-info-viewer", [Paths("get", "/healthz,/livez,/readyz,/version,/version/")]),
        (
            "system:auth-delegator",
            [Rule("create", "authentication.k8s.io", "tokenreviews"), Rule("create", "authorization.k8s.io", "subjectaccessreviews")]
        ),
    ];

    /// <param name="adminGroups">Object ids of Entra groups.</param>
    public static IEnumerable<(string Name, string Role, JsonArray Subjects)> Bindings(IReadOnlyList<string> adminGroups)
    {
        yield return (ClusterAdmin, ClusterAdmin, [Subject("Group", RbacAuthorizer.Masters)]);
        yield return ("system:basic-user", "system:basic-user", [Subject("Group", KubeIdentity.Authenticated)]);
        yield return ("system:discovery", "system:discovery", [Subject("Group", KubeIdentity.Authenticated)]);
        yield return (
            "system:public-info-viewer",
            "system:public-info-viewer",
            [Subject("Group", KubeIdentity.Authenticated), Subject("Group", "system:unauthenticated")]
        );
        yield return ("aks-cluster-admin-binding", ClusterAdmin, [Subject("User", "clusterAdmin"), Subject("User", "clusterUser")]);
        if (adminGroups.Count > 0)
        {
            yield return ("aks-cluster-admin-binding-aad", ClusterAdmin, [.. adminGroups.Select(group => Subject("Group", group))]);
        }
    }

    private static JsonNode Subject(string kind, string name) =>
        new JsonObject
        {
            ["apiGroup"] = "rbac.authorization.k8s.io",
            ["kind"] = kind,
            ["name"] = name,
        };

    private static JsonObject Rule(string verbs, string groups, string resources) =>
        new()
        {
            ["apiGroups"] = GroupDocuments.Texts(groups.Split(',')),
            ["resources"] = GroupDocuments.Texts(resources.Split(',')),
            ["verbs"] = GroupDocuments.Texts(verbs.Split(',')),
        };

    private static JsonObject Paths(string verbs, string paths) =>
        new() { ["nonResourceURLs"] = GroupDocuments.Texts(paths.Split(',')), ["verbs"] = GroupDocuments.Texts(verbs.Split(',')) };
}
