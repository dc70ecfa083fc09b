using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.EndToEnd.Tests.Docs;

/// <summary>
/// The fields of environment files as the text of docs/reference/spec.md, from the JSON Schema, which is made from the rules that the
/// validators apply. Objects with the same fields share a section.
/// </summary>
internal sealed class SpecPage
{
    private const int Width = 140;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<Section> _sections = [];

    public static string Write(JsonNode schema)
    {
        var page = new SpecPage();
        page.Add("environment", "", schema["description"], schema.AsObject());
        return string.Concat(page._sections.Select(section => section.ToString()));
    }

    /// <returns>The section about the object, or about an equal one.</returns>
    private Section Add(string heading, string path, JsonNode? description, JsonObject schema)
    {
        var key = new JsonArray(schema["properties"]?.DeepClone(), schema["required"]?.DeepClone()).ToJsonString();
        if (_sections.Find(section => section.Key == key) is { } equal)
        {
            equal.Others.Add(heading);
            return equal;
        }

        var added = new Section(key, heading, Cell(description), Names(schema["oneOf"]));
        _sections.Add(added);
        foreach (var (name, node) in schema["properties"]?.AsObject() ?? [])
        {
            var field = node!.AsObject(); // no property is null
            var standard =
                schema["required"]?.AsArray().Any(one => $"{one}" == name) == true ? "required"
                : field["default"] is { } value ? Code(value)
                : "";
            var example = field["examples"]?[0] is { } first ? Code(first) : "";
            added.Rows.Add($"| `{name}` | {Values($"{path}{name}", field)} | {standard} | {Cell(field["description"])} | {example} |");
        }

        return added;
    }

    /// <param name="description">Of the list that has the object as an item.</param>
    private string Values(string path, JsonObject field, JsonNode? description = null)
    {
        if (field["enum"] is JsonArray choices)
        {
            return string.Join(", ", choices.OfType<JsonNode>().Select(choice => $"`{choice}`"));
        }

        if (field["properties"] is not null)
        {
            return Add(path, $"{path}.", field["description"] ?? description, field).Link;
        }

        return Type(field) switch
        {
            "integer" => $"whole number, {Span(field)}{Except(field)}",
            "boolean" => "`true`, `false`",
            "array" when field["items"] is JsonObject items =>
                $"list: {Values($"{path}[]", items, field["description"])}{Limits(field, "Items")}",
            "object" when field["additionalProperties"] is JsonObject => $"map of names to values{Limits(field, "Properties")}",
            "object" => "object",
            "integer string" => "port, or range of ports",
            _ => $"text{Limits(field, "Length")}",
        };
    }

    private static string Limits(JsonObject field, string things)
    {
        var unit = things == "Length" ? " characters" : "";
        return (field[$"min{things}"] is { } least ? $", at least {least}{unit}" : "")
            + (field[$"max{things}"] is { } most ? $", at most {most}{unit}" : "")
            + (field["uniqueItems"] is null ? "" : ", all different");
    }

    private static string Span(JsonNode field) =>
        $"{field["minimum"]}" == $"{field["maximum"]}" ? $"{field["minimum"]}" : $"{field["minimum"]} to {field["maximum"]}";

    private static string Except(JsonObject field) =>
        field["not"]?["anyOf"] is JsonArray spans ? $", except {string.Join(", ", spans.OfType<JsonNode>().Select(Span))}" : "";

    private static string Type(JsonObject field) =>
        field["type"] is JsonArray types
            ? string.Join(' ', types.Select(type => $"{type}").Where(type => type != "null"))
            : $"{field["type"]}";

    /// <summary>The fields of which exactly one is set; empty without such a rule.</summary>
    private static IReadOnlyList<string> Names(JsonNode? choices) =>
        [.. (choices?.AsArray() ?? []).Select(one => one?["required"]?[0]).OfType<JsonNode>().Select(name => $"`{name}`")];

    private static string Code(JsonNode value) => $"`{Cell(value.ToJsonString(Plain))}`";

    /// <summary>A bar would end the cell of a table.</summary>
    private static string Cell(object? text) => $"{text}".Replace("|", "\\|", StringComparison.Ordinal);

    private sealed record Section(string Key, string Heading, string Description, IReadOnlyList<string> Alternatives)
    {
        public List<string> Rows { get; } = [];

        /// <summary>The equal objects.</summary>
        public List<string> Others { get; } = [];

        public string Link => $"[{Heading}](#{new string([.. Heading.ToLowerInvariant().Where(letter => char.IsLetterOrDigit(letter))])})";

        public override string ToString() =>
            new StringBuilder($"\n## {Heading}\n{Wrapped(Description)}\n")
                .Append(
                    Others.Count == 0
                        ? ""
                        : $"\n{Wrapped($"The same fields are in {string.Join(", ", Others.Select(other => $"`{other}`"))}.")}\n"
                )
                .Append(Alternatives.Count == 0 ? "" : $"\nExactly one of these is set: {string.Join(", ", Alternatives)}.\n")
                .Append("\n| field | value | default | meaning | example |\n| --- | --- | --- | --- | --- |\n")
                .Append(string.Concat(Rows.Select(row => $"{row}\n")))
                .ToString();

        private static string Wrapped(string text)
        {
            var lines = new List<string>();
            foreach (var word in text.Split(' '))
            {
                if (lines.Count > 0 && lines[^1].Length + 1 + word.Length <= Width)
                {
                    lines[^1] += $" {word}";
                }
                else
                {
                    lines.Add(word);
                }
            }

            return string.Join('\n', lines);
        }
    }
}
