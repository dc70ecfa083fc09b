using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>
/// Converts the value of a <c>[QueueOutput]</c> to message bodies: one message for each array item, text and bytes as they are, other
/// values as JSON.
/// </summary>
internal static class QueueOutputMessages
{
    public static IReadOnlyList<BinaryData> From(object? value, JsonSerializerOptions json) =>
        value switch
        {
            null => [],
            string or byte[] or BinaryData or ReadOnlyMemory<byte> or IDictionary => [Body(value, json)],
            JsonObject or JsonValue or JsonElement { ValueKind: not JsonValueKind.Array } => [Body(value, json)],
            JsonElement array => [.. array.EnumerateArray().Select(item => Body(item, json))],
            IEnumerable many => [.. many.Cast<object?>().Where(item => item is not null).Select(item => Body(item, json))],
            _ => [Body(value, json)],
        };

    private static BinaryData Body(object? value, JsonSerializerOptions json) =>
        value switch
        {
            string text => BinaryData.FromString(text),
            byte[] bytes => BinaryData.FromBytes(bytes),
            ReadOnlyMemory<byte> bytes => BinaryData.FromBytes(bytes),
            BinaryData data => data,
            JsonElement { ValueKind: JsonValueKind.String } text => BinaryData.FromString(text.GetString() ?? ""),
            _ => BinaryData.FromObjectAsJson(value, json),
        };
}
