using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Apply;

/// <summary>The path element of each item of a keyed list or a set: <c>k:{"port":443,"protocol":"TCP"}</c>, <c>v:"x"</c>.</summary>
internal static class ListKeys
{
    public static IReadOnlyList<(string Element, JsonNode? Value)> ByElement(JsonArray list, Schema schema) =>
        [.. list.Select((item, index) => (Element(item, schema, index), item))];

    public static string Element(JsonNode? item, Schema schema, int index)
    {
        if (schema.Keys.Count == 0)
        {
            return $"v:{item?.ToJsonString() ?? "null"}";
        }

        var key = new JsonObject();
        foreach (var name in schema.Keys.Order(StringComparer.Ordinal))
        {
            var value = item.At(name)?.DeepClone() ?? (schema.KeyDefaults.TryGetValue(name, out var fallback) ? JsonValue.Create(fallback) : null);
            if (value is not null)
            {
                key[name] = value;
            }
        }

        return key.Count > 0 ? $"k:{key.ToJsonString()}" : $"k:{{\"#\":{index}}}";
    }
}
