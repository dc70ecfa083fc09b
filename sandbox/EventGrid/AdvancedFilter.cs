using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// One condition on a value of an event: on its envelope, or on its data (<c>data.operationName</c>). String comparisons ignore case.
/// </summary>
internal sealed class AdvancedFilter(string operatorType, string key, IReadOnlyList<JsonNode?> values)
{
    private static readonly string[] Texts =
    [
        "StringContains",
        "StringBeginsWith",
        "StringEndsWith",
        "StringIn",
        "StringNotContains",
        "StringNotBeginsWith",
        "StringNotEndsWith",
        "StringNotIn",
    ];
    private static readonly string[] Numbers = ["NumberIn", "NumberNotIn"];
    private static readonly string[] Comparisons =
    [
        "NumberLessThan",
        "NumberLessThanOrEquals",
        "NumberGreaterThan",
        "NumberGreaterThanOrEquals",
    ];
    private static readonly string[] Nulls = ["IsNullOrUndefined", "IsNotNull"];

    /// <exception cref="ArmException">Event Grid has no such condition.</exception>
    public static AdvancedFilter Read(JsonObject filter)
    {
        var key = filter.Text("key");
        if (string.IsNullOrEmpty(key))
        {
            throw Invalid("An advanced filter must have a key.");
        }

        var asked = filter.Text("operatorType") ?? "";
        bool Among(string[] names) => names.Contains(asked, StringComparer.OrdinalIgnoreCase);
        var type =
            Texts
                .Concat(Numbers)
                .Concat(Comparisons)
                .Concat(Nulls)
                .Append("BoolEquals")
                .FirstOrDefault(name => string.Equals(name, asked, StringComparison.OrdinalIgnoreCase))
            ?? throw Invalid($"The advanced filter operator type '{asked}' is not supported.");
        if (Among(Texts))
        {
            return Many(type, key, [.. filter.Texts("values").Select(text => (JsonNode)text)]);
        }

        if (Among(Numbers))
        {
            var values = filter.Array("values") ?? [];
            return values.All(value => Number(value) is not null)
                ? Many(type, key, [.. values])
                : throw Invalid($"The advanced filter '{type}' on '{key}' must have numbers as its values.");
        }

        return Among(Nulls) ? new AdvancedFilter(type, key, [])
            : filter["value"] is JsonValue value && (type == "BoolEquals" ? value.TryGetValue<bool>(out _) : Number(value) is not null)
                ? new AdvancedFilter(type, key, [value])
            : throw Invalid($"The advanced filter '{type}' on '{key}' must have a value of its type.");
    }

    /// <param name="payload">The event in the subscription's schema.</param>
    public bool Matches(JsonObject payload)
    {
        var found = Find(payload, key);
        return operatorType switch
        {
            "IsNullOrUndefined" => found is null,
            "IsNotNull" => found is not null,
            "BoolEquals" => JsonNode.DeepEquals(found, values[0]),
            "NumberIn" => Number(found) is { } number && values.Any(value => Number(value) == number),
            "NumberNotIn" => Number(found) is not { } number || values.All(value => Number(value) != number),
            "NumberLessThan" => Number(found) < Number(values[0]),
            "NumberLessThanOrEquals" => Number(found) <= Number(values[0]),
            "NumberGreaterThan" => Number(found) > Number(values[0]),
            "NumberGreaterThanOrEquals" => Number(found) >= Number(values[0]),
            _ when operatorType.StartsWith("StringNot", StringComparison.Ordinal) => !AnyText(found, operatorType["StringNot".Length..]),
            _ => AnyText(found, operatorType["String".Length..]),
        };
    }

    private static AdvancedFilter Many(string type, string key, IReadOnlyList<JsonNode?> values) =>
        values.Count is > 0 and <= 25
            ? new AdvancedFilter(type, key, values)
            : throw Invalid($"The advanced filter '{type}' on '{key}' must have 1 to 25 values.");

    private bool AnyText(JsonNode? found, string comparison) =>
        found is JsonValue node
        && node.TryGetValue<string>(out var text)
        && values
            .Select(value => value?.GetValue<string>() ?? "")
            .Any(value =>
                comparison switch
                {
                    "Contains" => text.Contains(value, StringComparison.OrdinalIgnoreCase),
                    "BeginsWith" => text.StartsWith(value, StringComparison.OrdinalIgnoreCase),
                    "EndsWith" => text.EndsWith(value, StringComparison.OrdinalIgnoreCase),
                    _ => string.Equals(text, value, StringComparison.OrdinalIgnoreCase),
                }
            );

    private static double? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    private static JsonNode? Find(JsonObject payload, string key)
    {
        JsonNode? found = payload;
        foreach (var name in key.Split('.'))
        {
            found = (found as JsonObject)
                ?.FirstOrDefault(property => string.Equals(property.Key, name, StringComparison.OrdinalIgnoreCase))
                .Value;
        }

        return found;
    }

    private static ArmException Invalid(string message) => new(400, "InvalidRequest", message) { ByProvider = true };
}
