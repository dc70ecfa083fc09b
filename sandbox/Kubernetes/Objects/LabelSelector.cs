using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.Kubernetes.Objects;

/// <summary>
/// A label selector with <c>matchLabels</c> and <c>matchExpressions</c>
/// (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/).
/// </summary>
internal static class LabelSelector
{
    public static bool IsEmpty(JsonNode? selector) =>
        selector.Strings("matchLabels").Count == 0 && !selector.Items("matchExpressions").Any();

    /// <summary>An empty selector matches everything. Null matches nothing.</summary>
    public static bool Matches(JsonNode? selector, IReadOnlyDictionary<string, string> labels) =>
        selector is not null
        && selector.Strings("matchLabels").All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value)
        && selector.Items("matchExpressions").All(expression => Holds(expression, labels));

    private static bool Holds(JsonNode expression, IReadOnlyDictionary<string, string> labels)
    {
        var present = labels.TryGetValue(expression.Text("key") ?? "", out var value);
        var listed = expression.Items("values").Any(one => one.ToString() == value);
        return expression.Text("operator") switch
        {
            "In" => present && listed,
            "NotIn" => !present || !listed,
            "Exists" => present,
            "DoesNotExist" => !present,
            _ => false,
        };
    }
}
