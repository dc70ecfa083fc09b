using System.Text.Json.Nodes;
using MeshPort.Json;

namespace MeshPort.Host.Environments;

/// <summary>A document while it is checked: collects every problem with its place.</summary>
internal sealed class EnvironmentReading(YamlDocument document)
{
    private readonly List<InputProblem> _problems = [];

    public JsonNode? Root => document.Root;

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<InputProblem> Problems =>
        [.. _problems.OrderBy(problem => problem.Where?.Line ?? 0).ThenBy(problem => problem.Where?.Column ?? 0)];

    public void Error(string pointer, string detail)
    {
        // 1.34 and yes are not texts to YAML; a person who meant one needs to be told so.
        var hint =
            document.Unquoted.TryGetValue(pointer, out var text)
            && text.Length > 0
            && detail.EndsWith("Write a string.", StringComparison.Ordinal)
                ? $" If '{text}' is meant as text, put it in quotes: \"{text}\"."
                : "";
        _problems.Add(new InputProblem(document.File, document.Find(pointer), FieldPath.From(pointer), detail + hint));
    }

    /// <summary>The object at the pointer, or null with the problem noted.</summary>
    public JsonObject? Object(JsonNode? node, string pointer, string example)
    {
        if (node is JsonObject found)
        {
            return found;
        }

        Error(pointer, node is null ? $"The value is missing. Write {example}." : $"The value is not an object. Write {example}.");
        return null;
    }

    /// <param name="rule">Returns what is wrong with the text and how to mend it, or null.</param>
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
