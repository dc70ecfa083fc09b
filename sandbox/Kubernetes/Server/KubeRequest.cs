using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>
/// A resource request parsed from its path: <c>/api/v1/namespaces/{ns}/{plural}/{name}/{subresource}</c> or
/// <c>/apis/{group}/{version}/...</c>.
/// </summary>
internal sealed record KubeRequest(ResourceType Type, string Version, string? Namespace, string? Name, string Subresource)
{
    public static KubeRequest? Parse(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var (group, version, rest) = parts switch
        {
            ["api", var core, .. var tail] => ("", core, tail),
            ["apis", var named, var ofGroup, .. var tail] => (named, ofGroup, tail),
            _ => ("", "", []),
        };
        string? @namespace = null;
        if (rest is ["namespaces", var home, _, ..] && !(rest.Length == 3 && rest[2] is "status" or "finalize"))
        {
            @namespace = Uri.UnescapeDataString(home);
            rest = rest[2..];
        }

        if (rest.Length is 0 or > 3 || Find(group, version, rest[0]) is not { Type: { } found, Version: { } served })
        {
            return null;
        }

        return found.Namespaced || @namespace is null
            ? new KubeRequest(
                found,
                served,
                @namespace,
                rest.Length > 1 ? Uri.UnescapeDataString(rest[1]) : null,
                rest.Length > 2 ? rest[2] : ""
            )
            : null;
    }

    private static (ResourceType? Type, string? Version) Find(string group, string version, string plural) =>
        ResourceCatalog
            .All.Where(type => type.Plural == plural)
            .Select(type =>
                (type, type.Versions.FirstOrDefault(served => type.GroupOf(served) == group && ResourceType.NameOf(served) == version))
            )
            .FirstOrDefault(found => found.Item2 is not null);

    /// <summary>The verb in RBAC and audit.</summary>
    public string Verb(HttpRequest request) =>
        request.Method switch
        {
            "GET" or "HEAD" => IsWatch(request) ? "watch"
            : Name is null ? "list"
            : "get",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            _ => Name is null ? "deletecollection" : "delete",
        };

    /// <summary>Any query value except "false" and "0" means true.</summary>
    public bool IsWatch(HttpRequest request) =>
        Name is null && request.Query.TryGetValue("watch", out var watch) && watch.ToString().ToLowerInvariant() is not ("false" or "0");
}
