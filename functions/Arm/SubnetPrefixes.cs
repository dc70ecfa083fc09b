using System.Text.Json.Nodes;

namespace MeshPort.Arm;

/// <summary>The address prefixes of a subnet that exists, pure. Answers of ARM have one property or the other.</summary>
internal static class SubnetPrefixes
{
    /// <param name="subnet">As ARM answers it.</param>
    public static IReadOnlyList<string> Of(JsonObject subnet) =>
        subnet["properties"]?["addressPrefixes"] is JsonArray { Count: > 0 } several
            ? [.. several.OfType<JsonValue>().Select(prefix => prefix.GetValue<string>())]
        : subnet["properties"]?["addressPrefix"]?.GetValue<string>() is { } only ? [only]
        : [];
}
