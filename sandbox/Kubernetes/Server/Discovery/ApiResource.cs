using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.Discovery;

/// <summary>A resource or subresource in discovery.</summary>
/// <param name="Subresource">Empty for the resource itself.</param>
/// <param name="Foreign">Group and version of the kind, if they differ from the resource's.</param>
internal sealed record ApiResource(
    string Plural,
    string Subresource,
    string Singular,
    string Kind,
    bool Namespaced,
    IReadOnlyList<string> Verbs,
    (string Group, string Version)? Foreign = null
)
{
    private static readonly string[] AllVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    private static readonly string[] ReadVerbs = ["get", "list", "watch"];
    private static readonly string[] ChangeVerbs = ["get", "patch", "update"];
    private static readonly string[] CreateVerbs = ["create"];

    /// <summary>Kinds that the server answers and never stores.</summary>
    public static readonly IReadOnlyList<(string Group, ApiResource Resource)> Reviews =
    [
        ("authentication.k8s.io", Review("SelfSubjectReview")),
        ("authentication.k8s.io", Review("TokenReview")),
        ("authorization.k8s.io", Review("LocalSubjectAccessReview") with { Namespaced = true }),
        ("authorization.k8s.io", Review("SelfSubjectAccessReview")),
        ("authorization.k8s.io", Review("SelfSubjectRulesReview")),
        ("authorization.k8s.io", Review("SubjectAccessReview")),
    ];

    public IReadOnlyList<string> ShortNames { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    public string Name => Subresource.Length == 0 ? Plural : $"{Plural}/{Subresource}";

    public static IEnumerable<ApiResource> Of(ResourceType type)
    {
        yield return new ApiResource(type.Plural, "", type.Singular, type.Kind, type.Namespaced, type.ReadOnly ? ReadVerbs : AllVerbs)
        {
            ShortNames = type.ShortNames,
            Categories = type.Categories,
        };
        if (type == ResourceCatalog.Pod)
        {
            yield return new ApiResource(type.Plural, "eviction", "", "Eviction", Namespaced: true, CreateVerbs, ("policy", "v1"));
            yield return new ApiResource(type.Plural, "log", "", type.Kind, Namespaced: true, ["get"]);
        }

        if (type == ResourceCatalog.CertificateRequest)
        {
            yield return new ApiResource(type.Plural, ResourceCatalog.Approval, "", type.Kind, type.Namespaced, ChangeVerbs);
        }

        if (type.HasScale)
        {
            yield return new ApiResource(type.Plural, "scale", "", "Scale", type.Namespaced, ChangeVerbs, ("autoscaling", "v1"));
        }

        if (type.HasStatus)
        {
            yield return new ApiResource(type.Plural, "status", "", type.Kind, type.Namespaced, type.ReadOnly ? ["get"] : ChangeVerbs);
        }

        if (type == ResourceCatalog.ServiceAccount)
        {
            yield return new ApiResource(
                type.Plural,
                "token",
                "",
                "TokenRequest",
                Namespaced: true,
                CreateVerbs,
                ("authentication.k8s.io", "v1")
            );
        }
    }

    private static ApiResource Review(string kind) =>
        new($"{kind.ToLowerInvariant()}s", "", kind.ToLowerInvariant(), kind, Namespaced: false, CreateVerbs);
}
