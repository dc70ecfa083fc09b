using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Server.Discovery;

/// <summary>Discovery with one document per group and version: APIVersions, APIGroupList, APIGroup, APIResourceList.</summary>
internal static class GroupDocuments
{
    public static JsonObject? Of(IReadOnlyList<ApiGroup> groups, string path) =>
        path.Trim('/').Split('/') switch
        {
            ["api"] => new JsonObject
            {
                ["kind"] = "APIVersions",
                ["versions"] = new JsonArray("v1"),
                ["serverAddressByClientCIDRs"] = new JsonArray(),
            },
            ["apis"] => new JsonObject
            {
                ["kind"] = "APIGroupList",
                ["apiVersion"] = "v1",
                ["groups"] = new JsonArray([.. groups.Where(group => group.Name.Length > 0).Select(Group)]),
            },
            ["apis", var name] when groups.FirstOrDefault(group => group.Name == name) is { } group => new JsonObject([
                new("kind", "APIGroup"),
                new("apiVersion", "v1"),
                .. Group(group).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())),
            ]),
            ["api", var version] => Resources(groups, "", version),
            ["apis", var name, var version] => Resources(groups, name, version),
            _ => null,
        };

    private static JsonObject Group(ApiGroup group)
    {
        JsonObject Entry(string version) => new() { ["groupVersion"] = group.GroupVersion(version), ["version"] = version };
        return new JsonObject
        {
            ["name"] = group.Name,
            ["versions"] = new JsonArray([.. group.Versions.Select(entry => Entry(entry.Version))]),
            ["preferredVersion"] = Entry(group.Versions[0].Version),
        };
    }

    private static JsonObject? Resources(IReadOnlyList<ApiGroup> groups, string name, string version) =>
        groups.FirstOrDefault(group => group.Name == name) is { } group
        && group.Versions.FirstOrDefault(entry => entry.Version == version).Resources is { } resources
            ? new JsonObject
            {
                ["kind"] = "APIResourceList",
                ["apiVersion"] = "v1",
                ["groupVersion"] = group.GroupVersion(version),
                ["resources"] = new JsonArray([.. resources.Select(Resource)]),
            }
            : null;

    private static JsonObject Resource(ApiResource resource)
    {
        var entry = new JsonObject
        {
            ["name"] = resource.Name,
            ["singularName"] = resource.Singular,
            ["namespaced"] = resource.Namespaced,
        };
        if (resource.Foreign is { } foreign)
        {
            entry["group"] = foreign.Group;
            entry["version"] = foreign.Version;
        }

        entry["kind"] = resource.Kind;
        entry["verbs"] = Texts(resource.Verbs);
        if (resource.ShortNames.Count > 0)
        {
            entry["shortNames"] = Texts(resource.ShortNames);
        }

        if (resource.Categories.Count > 0)
        {
            entry["categories"] = Texts(resource.Categories);
        }

        return entry;
    }

    public static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)JsonValue.Create(text))];
}
