using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>Compares two documents by property names and JSON types, values aside.</summary>
internal static class JsonShape
{
    /// <summary>What the first has and the second lacks or has as another type, as paths; elements of arrays are compared with the first of the other side.</summary>
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
