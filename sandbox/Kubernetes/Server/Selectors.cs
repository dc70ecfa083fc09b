using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes.Conversion;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary><c>labelSelector</c> and <c>fieldSelector</c> of a list or watch.</summary>
internal sealed partial class Selectors(IReadOnlyList<Func<JsonObject, bool>> requirements)
{
    public bool Any => requirements.Count > 0;

    public bool Match(JsonObject body) => requirements.All(requirement => requirement(body));

    public static Selectors Parse(ResourceType type, string labels, string fields) =>
        new([
            .. SplitOutsideParentheses(labels).Select(Label),
            .. fields.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(field => Field(type, field)),
        ]);

    private static Func<JsonObject, bool> Label(string text)
    {
        if (SetForm().Match(text) is { Success: true } set)
        {
            var values = set.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries).ToHashSet();
            var key = set.Groups["key"].Value;
            return set.Groups["op"].Value == "in"
                ? body => body.Strings("metadata", "labels").TryGetValue(key, out var value) && values.Contains(value)
                : body => !body.Strings("metadata", "labels").TryGetValue(key, out var value) || !values.Contains(value);
        }

        if (EqualForm().Match(text) is { Success: true } equal)
        {
            var (key, wanted) = (equal.Groups["key"].Value, equal.Groups["value"].Value);
            return equal.Groups["op"].Value == "!="
                ? body => body.Strings("metadata", "labels").GetValueOrDefault(key) != wanted
                : body => body.Strings("metadata", "labels").GetValueOrDefault(key) == wanted;
        }

        if (ExistsForm().Match(text) is { Success: true } exists)
        {
            var key = exists.Groups["key"].Value;
            return exists.Groups["not"].Length > 0
                ? body => !body.Strings("metadata", "labels").ContainsKey(key)
                : body => body.Strings("metadata", "labels").ContainsKey(key);
        }

        throw KubeError.BadRequest(
            $"unable to parse requirement: found '{text.Trim().Split(' ')[^1]}', expected: in, notin, =, ==, !=, gt, lt"
        );
    }

    private static Func<JsonObject, bool> Field(ResourceType type, string text)
    {
        var negated = text.Contains("!=", StringComparison.Ordinal);
        var parts = text.Split(
            negated ? "!="
                : text.Contains("==", StringComparison.Ordinal) ? "=="
                : "=",
            2
        );
        if (parts.Length != 2)
        {
            throw KubeError.BadRequest($"invalid selector: '{text}'; can't understand '{text}'");
        }

        if (type == ResourceCatalog.Event)
        {
            parts[0] = EventConverter.Names.Aggregate(
                parts[0],
                (field, names) => field.Split('.')[0] == names.Name ? names.Core + field[names.Name.Length..] : field
            );
        }

        if (!Known(type, parts[0]))
        {
            throw KubeError.BadRequest(
                type.Custom
                    ? $"field label not supported: {parts[0]}"
                    : $"\"{parts[0]}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
            );
        }

        return body => ((body.At(parts[0].Split('.'))?.ToString() ?? "") == parts[1]) != negated;
    }

    private static bool Known(ResourceType type, string field) =>
        field is "metadata.name" or "metadata.namespace"
        || (type == ResourceCatalog.Service && field is "spec.type" or "spec.clusterIP")
        || (
            type == ResourceCatalog.Pod
            && field
                is "spec.nodeName"
                    or "status.phase"
                    or "status.podIP"
                    or "spec.restartPolicy"
                    or "spec.schedulerName"
                    or "spec.serviceAccountName"
        )
        || (
            type == ResourceCatalog.Event
            && (field is "reason" or "type" or "reportingComponent" || field.StartsWith("involvedObject.", StringComparison.Ordinal))
        )
        || (type == ResourceCatalog.Secret && field is "type")
        || (type == ResourceCatalog.Namespace && field is "status.phase");

    private static IEnumerable<string> SplitOutsideParentheses(string text)
    {
        var (depth, start) = (0, 0);
        for (var index = 0; index <= text.Length; index++)
        {
            if (index == text.Length || (text[index] == ',' && depth == 0))
            {
                if (index > start)
                {
                    yield return text[start..index];
                }

                start = index + 1;
            }
            else
            {
                depth += text[index] switch
                {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
            }
        }
    }

    [GeneratedRegex(@"^\s*(?<key>[\w./-]+)\s+(?<op>in|notin)\s*\((?<values>[^)]*)\)\s*$")]
    private static partial Regex SetForm();

    [GeneratedRegex(@"^\s*(?<key>[\w./-]+)\s*(?<op>==|!=|=)\s*(?<value>[\w.-]*)\s*$")]
    private static partial Regex EqualForm();

    [GeneratedRegex(@"^\s*(?<not>!?)\s*(?<key>[\w./-]+)\s*$")]
    private static partial Regex ExistsForm();
}
