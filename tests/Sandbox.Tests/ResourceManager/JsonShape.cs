using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>Compares two documents by property names and JSON types, ignoring values.</summary>
internal static class JsonShape
{
    /// <summary>
    /// The paths that the second document lacks or has with another type. Array elements are compared with the other side's first element.
    /// </summary>
    public static IEnumerable<string> Missing(JsonNode? expected, JsonNode? actual, string path = "")
    {
        switch (expected)
        {
            case null:
                break;
            case JsonObject names when actual is JsonObject there:
                foreach (
                    var missing in names.SelectMany(property =>
                        there.ContainsKey(property.Key) || property.Value is null
                            ? Missing(property.Value, there[property.Key], Join(path, property.Key))
                            : [Join(path, property.Key)]
                    )
                )
                {
                    yield return missing;
                }

                break;
            case JsonArray items when actual is JsonArray there:
                foreach (
                    var missing in items.Take(1).SelectMany(item => there.Count == 0 ? [path + "[]"] : Missing(item, there[0], path + "[]"))
                )
                {
                    yield return missing;
                }

                break;
            default:
                if (actual is null || Kind(expected) != Kind(actual))
                {
                    yield return $"{path}: {Kind(expected)} expected";
                }

                break;
        }
    }

    private static string Kind(JsonNode node) =>
        node.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? "Boolean" : node.GetValueKind().ToString();

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
