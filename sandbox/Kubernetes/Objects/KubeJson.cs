using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>Reads JSON objects by path.</summary>
internal static class KubeJson
{
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var part in path)
        {
            node = node is JsonObject parent && parent.TryGetPropertyValue(part, out var child) ? child : null;
        }

        return node;
    }

    public static string? Text(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static long? Number(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is not JsonValue value || value.GetValueKind() != System.Text.Json.JsonValueKind.Number ? null
        : value.TryGetValue<long>(out var whole) ? whole
        : value.TryGetValue<int>(out var small) ? small
        : long.TryParse(value.ToJsonString(), out var number) ? number
        : null;

    public static bool? Flag(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    public static IEnumerable<JsonNode> Items(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonArray array ? array.OfType<JsonNode>() : [];

    public static IReadOnlyDictionary<string, string> Strings(this JsonNode? node, params ReadOnlySpan<string> path) =>
        node.At(path) is JsonObject map
            ? map.Where(entry => entry.Value is JsonValue).ToDictionary(entry => entry.Key, entry => entry.Value!.ToString())
            : new Dictionary<string, string>(); // not null: a JsonValue

    public static JsonObject Copy(this JsonObject node) => (JsonObject)node.DeepClone();

    /// <summary>The child object of that name, created if missing.</summary>
    public static JsonObject Child(this JsonObject node, string name)
    {
        if (node[name] is JsonObject child)
        {
            return child;
        }

        child = [];
        node[name] = child;
        return child;
    }

    public static string Name(this JsonObject node) => node.Text("metadata", "name") ?? "";

    public static string Namespace(this JsonObject node) => node.Text("metadata", "namespace") ?? "";

    public static string Uid(this JsonObject node) => node.Text("metadata", "uid") ?? "";

    public static bool Matches(this IReadOnlyDictionary<string, string> selector, IReadOnlyDictionary<string, string> labels) =>
        selector.Count > 0 && selector.All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
