using MeshPort.Sandbox.Kubernetes.Server;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Access;

/// <summary>What somebody wants to do: a verb on a resource, or on a path that is none.</summary>
/// <param name="Resource">Plural, with the subresource: <c>services/status</c>. Empty for a path.</param>
/// <param name="Namespace">Empty at the cluster scope.</param>
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
            request.Namespace ?? (request.Type == Objects.ResourceCatalog.Namespace ? request.Name : null) ?? "", // a namespace is in itself
            request.Name ?? Selected(http)
        );

    /// <summary>A list or watch of one name counts as of that name (kube-semantics r4).</summary>
    private static string Selected(HttpRequest http) =>
        http.Query["fieldSelector"].ToString() is var selector
        && selector.StartsWith(NameSelector, StringComparison.Ordinal)
        && !selector.Contains(',', StringComparison.Ordinal)
            ? selector[NameSelector.Length..]
            : "";
}
