using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.Printing;

/// <summary>The JSONPath of printer columns: fields, indexes, <c>[*]</c> and <c>[?(@.field=="value")]</c>.</summary>
internal sealed partial class JsonPath(IReadOnlyList<Func<JsonNode, IEnumerable<JsonNode?>>> steps)
{
    public static JsonPath Parse(string text) => new([.. Steps().Matches(text).Select(Step)]);

    public IReadOnlyList<JsonNode> Read(JsonNode root) =>
        [.. steps.Aggregate((IEnumerable<JsonNode>)[root], (nodes, step) => nodes.SelectMany(step).OfType<JsonNode>())];

    private static Func<JsonNode, IEnumerable<JsonNode?>> Step(Match match)
    {
        if (match.Groups["field"] is { Success: true, Value: var field })
        {
            return node => [node.At(field)];
        }

        if (match.Groups["key"] is { Success: true, Value: var key })
        {
            var wanted = match.Groups["value"].Value;
            return node => (node as JsonArray ?? []).Where(item => item.Text(key) == wanted);
        }

        return match.Groups["index"] is { Success: true, Value: var index } && index != "*"
            ? node => (node as JsonArray ?? []).Skip(int.Parse(index, System.Globalization.CultureInfo.InvariantCulture)).Take(1)
            : node => node as JsonArray ?? [];
    }

    [GeneratedRegex("""\.(?<field>[A-Za-z0-9_-]+)|\[\?\(@\.(?<key>\w+)\s*==\s*["'](?<value>[^"']*)["']\)\]|\[(?<index>\*|[0-9]+)\]""")]
    private static partial Regex Steps();
}
