using MeshPort.Sandbox.Kubernetes.Server;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>A request for access: a verb on a resource or on a non-resource path.</summary>
/// <param name="Resource">Plural, with the subresource: <c>services/status</c>. Empty for a path.</param>
/// <param name="Namespace">Empty for cluster scope.</param>
/// <param name="Name">Empty for a whole collection.</param>
internal sealed record AccessRequest(string Verb, string Group, string Resource, string Namespace, string Name, string Path = "")
{
    private const string NameSelector = "metadata.name=";

    public bool IsPath => Path.Length > 0;

    public static AccessRequest OfPath(string method, string path) =>
        new(method is "HEAD" ? "head" : method.ToLowerInvariant(), "", "", "", "", path);

    public static AccessRequest Of(HttpRequest http, KubeRequest request) =>
        new(
            request.Verb(http),
            request.Type.GroupOf(request.Version),
            request.Subresource.Length == 0 ? request.Type.Plural : $"{request.Type.Plural}/{request.Subresource}",
            // A namespace belongs to itself.
            request.Namespace
                ?? (request.Type == Objects.ResourceCatalog.Namespace ? request.Name : null)
                ?? "",
            request.Name ?? Selected(http)
        );

    /// <summary>A list or watch that selects one name is authorized for that name (kube-semantics r4).</summary>
    private static string Selected(HttpRequest http) =>
        http.Query["fieldSelector"].ToString() is var selector
        && selector.StartsWith(NameSelector, StringComparison.Ordinal)
        && !selector.Contains(',', StringComparison.Ordinal)
            ? selector[NameSelector.Length..]
            : "";
}
