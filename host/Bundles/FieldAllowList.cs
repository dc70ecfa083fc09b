using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Host.Bundles;

/// <summary>
/// Copies the fields of an answer that are on a list, and replaces all others. So a field that somebody adds later stays out of bundles
/// until it is on the list.
/// </summary>
/// <param name="paths">Paths such as <c>spec/backends/*/service</c>; <c>*</c> is any index, and <c>**</c> at the end any content.</param>
internal sealed class FieldAllowList(params string[] paths)
{
    public const string LeftOut = "(left out)";
    private readonly string[][] _paths = [.. paths.Select(path => path.Split('/'))];

    /// <param name="leftOut">Receives the texts of the fields that are not on the list.</param>
    public JsonNode? Copy(JsonElement value, ICollection<string> leftOut) => Copy(value, [], leftOut);

    /// <summary>Whether the field of a JSON pointer is on the list.</summary>
    public bool Allows(string pointer) =>
        Allows([.. pointer.Trim('/').Split('/').Select(part => part.All(char.IsAsciiDigit) ? "*" : part)]);

    private JsonNode? Copy(JsonElement value, string[] path, ICollection<string> leftOut)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when IsOnTheWay(path):
                return new JsonObject(
                    value
                        .EnumerateObject()
                        .Select(field => KeyValuePair.Create(field.Name, Copy(field.Value, [.. path, field.Name], leftOut)))
                );
            case JsonValueKind.Array when IsOnTheWay(path):
                return new JsonArray([.. value.EnumerateArray().Select(item => Copy(item, [.. path, "*"], leftOut))]);
            case JsonValueKind.Null:
                return null;
            case not (JsonValueKind.Object or JsonValueKind.Array) when Allows(path):
                return JsonSerializer.SerializeToNode(value);
            default:
                Collect(value, leftOut);
                return LeftOut;
        }
    }

    private bool Allows(string[] path) => Array.Exists(_paths, allowed => Matches(allowed, path));

    /// <summary>Whether an allowed field is at this place or below it.</summary>
    private bool IsOnTheWay(string[] path) =>
        Array.Exists(
            _paths,
            allowed =>
                Matches(allowed, path) || (allowed.Length > path.Length && path.Index().All(part => allowed[part.Index] == part.Item))
        );

    private static bool Matches(string[] allowed, string[] path) =>
        allowed[^1] == "**"
            ? path.Length >= allowed.Length - 1 && allowed[..^1].SequenceEqual(path[..(allowed.Length - 1)])
            : allowed.SequenceEqual(path);

    private static void Collect(JsonElement value, ICollection<string> leftOut)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when value.GetString() is { } text:
                leftOut.Add(text);
                break;
            case JsonValueKind.Object:
                foreach (var field in value.EnumerateObject())
                {
                    Collect(field.Value, leftOut);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Collect(item, leftOut);
                }

                break;
        }
    }
}
