using System.Text.Json.Nodes;

namespace MeshPort.Json;

/// <summary>A field in which two documents differ.</summary>
/// <param name="Pointer">RFC 6901; empty for the whole document.</param>
/// <param name="Before">Null when the field is added.</param>
/// <param name="After">Null when the field is removed.</param>
internal sealed record FieldDifference(string Pointer, JsonNode? Before, JsonNode? After)
{
    public static IReadOnlyList<FieldDifference> Between(JsonNode? before, JsonNode? after, string pointer = "") =>
        (before, after) switch
        {
            _ when JsonNode.DeepEquals(before, after) => [],
            (JsonObject one, JsonObject other) =>
            [
                .. one.Select(field => field.Key)
                    .Union(other.Select(field => field.Key))
                    .SelectMany(key => Between(one[key], other[key], $"{pointer}/{JsonPointer.Escape(key)}")),
            ],
            (JsonArray one, JsonArray other) when one.Count == other.Count =>
            [
                .. one.Zip(other).SelectMany((pair, index) => Between(pair.First, pair.Second, $"{pointer}/{index}")),
            ],
            _ => [new FieldDifference(pointer, before?.DeepClone(), after?.DeepClone())],
        };

    /// <summary>The fields of an observed document that the desired one has, too: a server-side apply does not touch the others.</summary>
    public static JsonNode? Part(JsonNode? observed, JsonNode? wanted) =>
        (observed, wanted) switch
        {
            (JsonObject found, JsonObject desired) => new JsonObject(
                desired
                    .Where(field => found.ContainsKey(field.Key))
                    .Select(field => KeyValuePair.Create(field.Key, Part(found[field.Key], field.Value)))
            ),
            (JsonArray found, JsonArray desired) when found.Count == desired.Count => new JsonArray([
                .. found.Zip(desired).Select(pair => Part(pair.First, pair.Second)),
            ]),
            _ => observed?.DeepClone(),
        };
}
