using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>What clients ask before anything else: groups, versions, resources, the server's version.</summary>
internal static class Discovery
{
    private const string AllVerbs = "create delete deletecollection get list patch update watch";
    private const string ReadVerbs = "get list watch";

    public static JsonObject? Answer(string path, string kubernetesVersion, Func<ResourceType, bool> served)
    {
        var types = ResourceCatalog.All.Where(served).ToArray();
        return path.Trim('/').Split('/') switch
        {
            ["version"] => Version(kubernetesVersion),
            ["api"] => new JsonObject
            {
                ["kind"] = "APIVersions",
                ["versions"] = new JsonArray("v1"),
                ["serverAddressByClientCIDRs"] = new JsonArray(),
            },
            ["apis"] => new JsonObject { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. types.Where(type => type.Group.Length > 0).GroupBy(type => type.Group).Select(group => Group(group.Key, group.First().Versions, inList: true))]) },
            ["apis", var group] when types.FirstOrDefault(type => type.Group == group) is { } type => Group(group, type.Versions, inList: false),
            ["api", "v1"] => Resources("", "v1", types),
            ["apis", var group, var version] when types.Any(type => type.Group == group && type.Versions.Contains(version)) => Resources(group, version, types),
            ["openapi", "v2"] => new JsonObject { ["swagger"] = "2.0", ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = $"v{kubernetesVersion}" }, ["paths"] = new JsonObject() },
            ["openapi", "v3"] => new JsonObject { ["paths"] = new JsonObject() },
            _ => null,
        };
    }

    private static JsonObject Version(string kubernetesVersion)
    {
        var parts = kubernetesVersion.Split('.');
        return new JsonObject
        {
            ["major"] = parts[0],
            ["minor"] = parts.Length > 1 ? parts[1] : "0",
            ["gitVersion"] = $"v{kubernetesVersion}",
            ["gitCommit"] = "0000000000000000000000000000000000000000",
            ["gitTreeState"] = "clean",
            ["buildDate"] = "2026-01-01T00:00:00Z",
            ["goVersion"] = "go1.24",
            ["compiler"] = "gc",
            ["platform"] = "linux/amd64",
        };
    }

    private static JsonObject Group(string name, IReadOnlyList<string> versions, bool inList)
    {
        JsonObject Entry(string version) => new() { ["groupVersion"] = $"{name}/{version}", ["version"] = version };
        var group = new JsonObject { ["name"] = name, ["versions"] = new JsonArray([.. versions.Select(Entry)]), ["preferredVersion"] = Entry(versions[0]) };
        return inList ? group : new JsonObject([KeyValuePair.Create("kind", (JsonNode?)"APIGroup"), KeyValuePair.Create("apiVersion", (JsonNode?)"v1"), .. group.Copy().ToArray().Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))]);
    }

    private static JsonObject Resources(string group, string version, IEnumerable<ResourceType> types) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
        ["resources"] = new JsonArray([.. types.Where(type => type.Group == group && type.Versions.Contains(version)).SelectMany(Entries)]),
    };

    private static IEnumerable<JsonNode> Entries(ResourceType type)
    {
        var main = Entry(type, "", type.Kind, type.ReadOnly ? ReadVerbs : AllVerbs);
        if (type.ShortNames.Count > 0)
        {
            main["shortNames"] = new JsonArray([.. type.ShortNames.Select(name => JsonValue.Create(name))]);
        }

        if (type.Categories.Count > 0)
        {
            main["categories"] = new JsonArray([.. type.Categories.Select(name => JsonValue.Create(name))]);
        }

        yield return main;
        if (type.HasStatus)
        {
            yield return Entry(type, "/status", type.Kind, "get patch update");
        }

        if (type.HasScale)
        {
            var scale = Entry(type, "/scale", "Scale", "get patch update");
            scale["group"] = "autoscaling";
            scale["version"] = "v1";
            yield return scale;
        }
    }

    private static JsonObject Entry(ResourceType type, string subresource, string kind, string verbs) => new()
    {
        ["name"] = type.Plural + subresource,
        ["singularName"] = subresource.Length == 0 ? type.Singular : "",
        ["namespaced"] = type.Namespaced,
        ["kind"] = kind,
        ["verbs"] = new JsonArray([.. verbs.Split(' ').Select(verb => JsonValue.Create(verb))]),
    };
}
