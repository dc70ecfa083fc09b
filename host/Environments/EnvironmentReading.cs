using System.Text.Json.Nodes;
using MeshPort.Json;

namespace MeshPort.Host.Environments;

/// <summary>The state of a document's validation: collects all errors with their positions.</summary>
internal sealed class EnvironmentReading(YamlDocument document)
{
    private readonly List<InputProblem> _problems = [];

    public YamlDocument Document => document;

    public JsonNode? Root => document.Root;

    /// <summary>All errors, in the order of the file.</summary>
    public IReadOnlyList<InputProblem> Problems =>
        [.. _problems.OrderBy(problem => problem.Where?.Line ?? 0).ThenBy(problem => problem.Where?.Column ?? 0)];

    public void Error(string pointer, string detail)
    {
        // In YAML, 1.34 and yes are not strings. The hint helps a person who meant a string.
        var hint =
            document.Unquoted.TryGetValue(pointer, out var text)
            && text.Length > 0
            && detail.EndsWith("Write a string.", StringComparison.Ordinal)
                ? $" If '{text}' is meant as text, put it in quotes: \"{text}\"."
                : "";
        _problems.Add(new InputProblem(document.File, document.Find(pointer), FieldPath.From(pointer), detail + hint));
    }

    /// <summary>Returns the object at the pointer. Null after recording an error.</summary>
    public JsonObject? Object(JsonNode? node, string pointer, string example)
    {
        if (node is JsonObject found)
        {
            return found;
        }

        Error(pointer, node is null ? $"The value is missing. Write {example}." : $"The value is not an object. Write {example}.");
        return null;
    }

    /// <param name="rule">Returns the error with its fix, or null for a valid text.</param>
    public string? Text(JsonObject parent, string pointer, string name, Func<string, string?> rule)
    {
        var at = $"{pointer}/{name}";
        if (parent[name] is not { } node)
        {
            Error(at, $"'{name}' is missing. Set it.");
            return null;
        }

        if (node is not JsonValue value || !value.TryGetValue<string>(out var text))
        {
            Error(at, "The value is not a string. Write a string.");
            return null;
        }

        if (rule(text) is { } problem)
        {
            Error(at, problem);
            return null;
        }

        return text;
    }

    public void RefuseUnknown(JsonObject parent, string pointer, params ReadOnlySpan<string> known)
    {
        foreach (var (name, _) in parent)
        {
            if (!known.Contains(name))
            {
                Error($"{pointer}/{JsonPointer.Escape(name)}", $"Unknown field '{name}'. Use {string.Join(", ", known.ToArray())}.");
            }
        }
    }
}
