using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Functions.Tests.Infra;

/// <summary>
/// Writes ARM bodies as resources of one Bicep file. The compiler then checks all of them against their schemas in one run.
/// </summary>
/// <param name="scope">The scope of the resources: a resource group, or a subscription.</param>
internal sealed class BicepFile(string scope = "resourceGroup")
{
    private const string NoLinter = """{ "analyzers": { "core": { "enabled": false } } }"""; // bodies are literal; only types are judged
    private readonly StringBuilder _text = new($"targetScope = '{scope}'\n");
    private readonly SortedList<int, (string Section, string Title)> _titles = [];
    private int _lines = 1;

    /// <summary>The section of the bodies that are added next.</summary>
    public string Section { get; set; } = "";

    /// <param name="title">The title in the errors.</param>
    /// <param name="type">The resource type with its api-version.</param>
    /// <param name="name">
    /// The name; for a child also the names of its parents, separated by slashes. A number is added, since names are unique in a file.
    /// </param>
    public void Add(string title, string type, string name, JsonObject body)
    {
        _titles.Add(_lines + 1, (Section, title));
        var properties = body.Where(property => property.Key != "name").Select(property => Property(property.Key, property.Value, 1));
        Append($"resource r{_titles.Count} '{type}' = {{\n  name: {Text($"{name}{_titles.Count}")}\n{string.Concat(properties)}}}\n");
    }

    /// <returns>The compiler's errors, each with the title of its body; empty when all bodies fit.</returns>
    public async Task<IReadOnlyList<Complaint>> CompileAsync(CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("meshport-bicep-");
        try
        {
            var path = Path.Combine(directory.FullName, "bodies.bicep");
            await File.WriteAllTextAsync(path, _text.ToString(), cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "bicepconfig.json"), NoLinter, cancellationToken);
            var compilation = await BicepCompiler.CompileAsync(path, cancellationToken);
            return
            [
                .. from diagnostic in compilation.Diagnostics
                let about = TitleAt(diagnostic.Line)
                select new Complaint(about.Section, about.Title, diagnostic.Code, diagnostic.Text),
            ];
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private (string Section, string Title) TitleAt(int line) =>
        _titles.LastOrDefault(title => title.Key <= line, KeyValuePair.Create(0, ("", ""))).Value;

    private void Append(string text)
    {
        _text.Append(text);
        _lines += text.Count(character => character == '\n');
    }

    private static string Property(string name, JsonNode? value, int depth) => $"{Indent(depth)}{Text(name)}: {Value(value, depth)}\n";

    private static string Value(JsonNode? node, int depth) =>
        node switch
        {
            null => "null",
            JsonObject { Count: 0 } => "{}",
            JsonArray { Count: 0 } => "[]",
            JsonObject properties =>
                $"{{\n{string.Concat(properties.Select(property => Property(property.Key, property.Value, depth + 1)))}{Indent(depth)}}}",
            JsonArray items =>
                $"[\n{string.Concat(items.Select(item => $"{Indent(depth + 1)}{Value(item, depth + 1)}\n"))}{Indent(depth)}]",
            _ => node.GetValueKind() switch
            {
                JsonValueKind.String => Text(node.GetValue<string>()),
                JsonValueKind.True => "true",
                JsonValueKind.False => "false",
                var kind => int.TryParse(node.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    ? number.ToString(CultureInfo.InvariantCulture)
                    : throw new ArgumentException($"Bicep has no literal for the {kind} {node.ToJsonString()}.", nameof(node)),
            },
        };

    private static string Text(string text) =>
        "'"
        + text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("'", "\\'", StringComparison.Ordinal)
            .Replace("${", "\\${", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
        + "'";

    private static string Indent(int depth) => new(' ', depth * 2);
}

/// <param name="Section">The section of the body; empty for an error without a body.</param>
/// <param name="About">The title of the body.</param>
internal sealed record Complaint(string Section, string About, string Code, string Text);
