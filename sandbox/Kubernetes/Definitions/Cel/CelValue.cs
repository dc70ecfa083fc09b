using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Definitions.Cel;

/// <summary>A compiled rule or part of one.</summary>
internal delegate object? CelExpression(CelScope scope);

/// <summary>The variables in scope, innermost first.</summary>
internal sealed record CelScope(string Name, object? Value, CelScope? Outer)
{
    public object? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.Name == name)
            {
                return scope.Value;
            }
        }

        throw new CelException($"no such attribute: {name}");
    }
}

/// <summary>A failed evaluation: a missing field or an unreadable value.</summary>
internal sealed class CelException(string message) : Exception(message);

/// <summary>Values: string, long, double, bool, TimeSpan, null, a list of values, or a JSON object.</summary>
internal static class CelValue
{
    public static object? Of(JsonNode? node) =>
        node switch
        {
            null => null,
            JsonArray list => list.Select(Of).ToArray(),
            JsonObject map => map,
            _ => node.GetValueKind() switch
            {
                JsonValueKind.String => node.GetValue<string>(),
                JsonValueKind.Number => node.Number() is { } whole
                    ? (object)whole
                    : double.Parse(node.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture),
                JsonValueKind.True => true,
                _ => false,
            },
        };

    public static object? Field(object? value, string name) =>
        value is JsonObject map
            ? map.TryGetPropertyValue(name, out var child)
                ? Of(child)
                : throw new CelException($"no such key: {name}")
            : throw new CelException("no such overload");

    public static bool Has(object? value, string name) =>
        value is JsonObject map ? map.ContainsKey(name) : throw new CelException("no such overload");

    /// <summary>The range of a macro: the items of a list, the keys of a map.</summary>
    public static IReadOnlyList<object?> Range(object? value) =>
        value switch
        {
            IReadOnlyList<object?> list => list,
            JsonObject map => [.. map.Select(pair => pair.Key)],
            _ => throw new CelException("no such overload"),
        };

    public static bool Same(object? left, object? right) =>
        (left, right) switch
        {
            (IReadOnlyList<object?> one, IReadOnlyList<object?> other) => one.Count == other.Count
                && one.Zip(other).All(pair => Same(pair.First, pair.Second)),
            (JsonObject one, JsonObject other) => JsonNode.DeepEquals(one, other),
            _ => Equals(left, right),
        };

    public static int Order(object? left, object? right) =>
        (left, right) switch
        {
            (TimeSpan one, TimeSpan other) => one.CompareTo(other),
            (string one, string other) => string.CompareOrdinal(one, other),
            (long or double, long or double) => Convert
                .ToDouble(left, System.Globalization.CultureInfo.InvariantCulture)
                .CompareTo(Convert.ToDouble(right, System.Globalization.CultureInfo.InvariantCulture)),
            _ => throw new CelException("no such overload"),
        };

    public static bool Truth(object? value) => value as bool? ?? throw new CelException("no such overload");
}
