using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Apply;

/// <summary>The path element of each item of a keyed list or a set: <c>k:{"port":443,"protocol":"TCP"}</c>, <c>v:"x"</c>.</summary>
internal static class ListKeys
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyList<(string Element, JsonNode? Value)> ByElement(JsonArray list, Schema schema)
    {
        var all = new (string, JsonNode?)[list.Count];
        for (var index = 0; index < all.Length; index++)
        {
            all[index] = (Element(list[index], schema, index), list[index]);
        }

        return all;
    }

    public static string Element(JsonNode? item, Schema schema, int index)
    {
        if (schema.Keys.Count == 0)
        {
            return $"v:{item?.ToJsonString(Plain) ?? "null"}";
        }

        var text = new StringBuilder("k:{");
        foreach (var name in schema.SortedKeys)
        {
            var value =
                item.At(name) is { } given ? Literal(given)
                : schema.KeyDefaults.TryGetValue(name, out var fallback) ? $"\"{fallback}\""
                : null;
            if (value is not null)
            {
                text.Append(text.Length > 3 ? "," : "").Append('"').Append(name).Append("\":").Append(value);
            }
        }

        return text.Length > 3 ? text.Append('}').ToString() : $"k:{{\"#\":{index}}}";
    }

    private static string Literal(JsonNode value) =>
        value.Number() is { } number ? number.ToString(System.Globalization.CultureInfo.InvariantCulture) : value.ToJsonString(Plain);
}
