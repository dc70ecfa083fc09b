using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Server.Discovery;

/// <summary>
/// All groups in one document (<c>apidiscovery.k8s.io</c>, APIGroupDiscoveryList). Clients request it with the Accept header
/// (https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery).
/// </summary>
internal static class AggregatedDocument
{
    private static readonly string[] Versions = ["v2", "v2beta1"];

    /// <summary>The requested content type. Null when the client wants single documents.</summary>
    public static (string ContentType, string Version)? Wanted(string accept)
    {
        foreach (var part in accept.Split(','))
        {
            var parameters = part.Split(';', StringSplitOptions.TrimEntries);
            if (
                parameters is ["application/json", ..]
                && parameters.Contains("g=apidiscovery.k8s.io")
                && parameters.Contains("as=APIGroupDiscoveryList")
                && Versions.FirstOrDefault(version => parameters.Contains($"v={version}")) is { } wanted
            )
            {
                return ($"application/json;g=apidiscovery.k8s.io;v={wanted};as=APIGroupDiscoveryList", wanted);
            }
        }

        return null;
    }

    public static JsonObject Of(IEnumerable<ApiGroup> groups, string version) =>
        new()
        {
            ["kind"] = "APIGroupDiscoveryList",
            ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
            ["metadata"] = new JsonObject(),
            ["items"] = new JsonArray([
                .. groups.Select(group => new JsonObject
                {
                    ["metadata"] =
                        group.Name.Length == 0
                            ? new JsonObject { ["creationTimestamp"] = null }
                            : new JsonObject { ["name"] = group.Name, ["creationTimestamp"] = null },
                    ["versions"] = new JsonArray([
                        .. group.Versions.Select(entry => new JsonObject
                        {
                            ["version"] = entry.Version,
                            ["resources"] = new JsonArray([
                                .. entry
                                    .Resources.Where(resource => resource.Subresource.Length == 0)
                                    .Select(resource => Resource(group, entry.Version, resource, entry.Resources)),
                            ]),
                            ["freshness"] = "Current",
                        }),
                    ]),
                }),
            ]),
        };

    private static JsonObject Resource(ApiGroup group, string version, ApiResource resource, IEnumerable<ApiResource> all)
    {
        var entry = new JsonObject
        {
            ["resource"] = resource.Plural,
            ["responseKind"] = Kind(group, version, resource),
            ["scope"] = resource.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = resource.Singular,
            ["verbs"] = GroupDocuments.Texts(resource.Verbs),
        };
        if (resource.ShortNames.Count > 0)
        {
            entry["shortNames"] = GroupDocuments.Texts(resource.ShortNames);
        }

        if (resource.Categories.Count > 0)
        {
            entry["categories"] = GroupDocuments.Texts(resource.Categories);
        }

        var inside = all.Where(other => other.Plural == resource.Plural && other.Subresource.Length > 0)
            .Select(other =>
                (JsonNode)
                    new JsonObject
                    {
                        ["subresource"] = other.Subresource,
                        ["responseKind"] = Kind(group, version, other),
                        ["verbs"] = GroupDocuments.Texts(other.Verbs),
                    }
            )
            .ToArray();
        if (inside.Length > 0)
        {
            entry["subresources"] = new JsonArray(inside);
        }

        return entry;
    }

    private static JsonObject Kind(ApiGroup group, string version, ApiResource resource) =>
        new()
        {
            ["group"] = resource.Foreign?.Group ?? group.Name,
            ["version"] = resource.Foreign?.Version ?? version,
            ["kind"] = resource.Kind,
        };
}
