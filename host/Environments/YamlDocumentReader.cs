using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Kubernetes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MeshPort.Host.Environments;

/// <summary>
/// Converts YAML to JSON by the core schema of YAML 1.2, and records positions. YamlDotNet's deserializer would lose the positions.
/// </summary>
internal sealed class YamlDocumentReader
{
    private const int Deepest = 64;
    private const int MostNodes = 200_000;

    /// <summary>A position has a pointer with the names of all parents, which may be long.</summary>
    private const int MostPointerCharacters = 20_000_000;
    private readonly string _file;
    private readonly Dictionary<string, Position> _positions = [];
    private readonly Dictionary<string, string> _unquoted = [];
    private int _nodes;
    private int _pointerCharacters;

    private YamlDocumentReader(string file) => _file = file;

    /// <summary>Reads all documents of a file.</summary>
    /// <param name="problems">Receives the error of each document that is not YAML, and that of an empty file.</param>
    /// <returns>The other documents.</returns>
    public static IReadOnlyList<YamlDocument> Parse(string file, string text, List<InputProblem> problems)
    {
        var stream = new YamlStream();
        var syntaxError = Load(stream, file, text);
        // A '---' at the end begins an empty document.
        var found = stream.Documents.Where(document => document.RootNode is not YamlScalarNode { Value: "" }).ToList();
        var documents = new List<YamlDocument>();
        foreach (var document in found)
        {
            try
            {
                documents.Add(new YamlDocumentReader(file).Read(document));
            }
            catch (InvalidEnvironmentException invalid)
            {
                problems.AddRange(invalid.Problems);
            }
        }

        if (syntaxError is not null)
        {
            problems.Add(syntaxError);
        }
        else if (found.Count == 0)
        {
            problems.Add(new InputProblem(file, null, "", "The file is empty; see samples/tcpecho.yaml for an example."));
        }

        return documents;
    }

    /// <summary>Loads the documents before the first syntax error, which is returned.</summary>
    private static InputProblem? Load(YamlStream stream, string file, string text)
    {
        var parser = new ShallowParser(new Parser(new StringReader(text)), Deepest);
        try
        {
            stream.Load(parser);
            return null;
        }
        catch (YamlException exception) when (FirstTab(text, exception) is { } tab)
        {
            return new InputProblem(file, tab, "", "This is not YAML: a tab indents this line. Indent with spaces.");
        }
        catch (YamlException exception)
        {
            return new InputProblem(
                file,
                At(exception.Start),
                "",
                $"This is not YAML: {(exception.InnerException ?? exception).Message.TrimEnd('.')}. "
                    + "Check indentation, colons and quotes here."
            );
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException)
        {
            // For some malformed texts, the scanner's exceptions have no position. The last parsed event is near the error.
            return new InputProblem(
                file,
                At(parser.Current?.End ?? Mark.Empty),
                "",
                "This is not YAML: something after this place is not closed, or not separated. Check brackets, colons and quotes."
            );
        }
    }

    /// <summary>The scanner's exception for a tab has no position, so the first line that begins with one is found here.</summary>
    private static Position? FirstTab(string text, YamlException exception)
    {
        if (!exception.Message.Contains("tab", StringComparison.Ordinal))
        {
            return null;
        }

        foreach (var (index, line) in text.Split('\n').Index())
        {
            if (line.AsSpan(0, line.Length - line.TrimStart().Length).IndexOf('\t') is >= 0 and var column && line.Trim().Length > 0)
            {
                return new Position(index + 1, column + 1);
            }
        }

        return null;
    }

    private YamlDocument Read(YamlDotNet.RepresentationModel.YamlDocument document)
    {
        _positions[""] = At(document.RootNode.Start);
        return new YamlDocument(_file, Convert(document.RootNode, "", 0), _positions, _unquoted);
    }

    private JsonNode? Convert(YamlNode node, string pointer, int depth)
    {
        RefuseExcess(node, depth);
        return node switch
        {
            YamlMappingNode mapping => Object(mapping, pointer, depth),
            YamlSequenceNode sequence => Array(sequence, pointer, depth),
            YamlScalarNode scalar => Scalar(scalar, pointer),
            _ => throw Invalid(node.Start, $"A {node.NodeType} is not allowed here."),
        };
    }

    private JsonObject Object(YamlMappingNode mapping, string pointer, int depth)
    {
        var result = new JsonObject();
        AddFields(result, mapping, pointer, depth, isMerged: false);
        return result;
    }

    /// <summary>Adds the fields of a mapping, and those of the mappings under its merge key that it does not have itself.</summary>
    private void AddFields(JsonObject result, YamlMappingNode mapping, string pointer, int depth, bool isMerged)
    {
        var merged = new List<YamlMappingNode>();
        foreach (var (key, value) in mapping.Children)
        {
            if (IsMergeKey(key))
            {
                merged.AddRange(Merged(value));
                continue;
            }

            RefuseExcess(key, depth);
            var name = (key as YamlScalarNode)?.Value ?? throw Invalid(key.Start, "A field's name must be plain text.");
            if (isMerged && result.ContainsKey(name))
            {
                continue;
            }

            var child = $"{pointer}/{JsonPointer.Escape(name)}";
            Place(child, key.Start);
            if (!result.TryAdd(name, Convert(value, child, depth + 1)))
            {
                throw Invalid(key.Start, $"'{name}' is given twice here; keep one.");
            }
        }

        foreach (var other in merged)
        {
            RefuseExcess(other, depth + 1);
            AddFields(result, other, pointer, depth + 1, isMerged: true);
        }
    }

    /// <summary>The merge key of YAML 1.1 (yaml.org/type/merge.html), which kubectl and editors know.</summary>
    private static bool IsMergeKey(YamlNode key) => key is YamlScalarNode { Value: "<<", Style: ScalarStyle.Plain };

    private IEnumerable<YamlMappingNode> Merged(YamlNode value) =>
        value switch
        {
            YamlMappingNode one => [one],
            YamlSequenceNode several when several.All(item => item is YamlMappingNode) => several.OfType<YamlMappingNode>(),
            _ => throw Invalid(
                value.Start,
                "The merge key '<<' needs an object, or a list of objects. Write an alias such as <<: *defaults."
            ),
        };

    /// <summary>An alias may refer to its own parent, or multiply its target.</summary>
    private void RefuseExcess(YamlNode node, int depth)
    {
        if (depth > Deepest || ++_nodes > MostNodes)
        {
            throw Invalid(
                node.Start,
                "The document is nested too deeply, or is too large when its aliases are expanded; write the values out."
            );
        }
    }

    private void Place(string pointer, Mark mark)
    {
        _pointerCharacters += pointer.Length;
        if (_pointerCharacters > MostPointerCharacters)
        {
            throw Invalid(mark, "The names of fields are too long for the size of the document. Shorten them.");
        }

        _positions[pointer] = At(mark);
    }

    private JsonArray Array(YamlSequenceNode sequence, string pointer, int depth)
    {
        var result = new JsonArray();
        foreach (var item in sequence.Children)
        {
            var child = $"{pointer}/{result.Count}";
            Place(child, item.Start);
            result.Add(Convert(item, child, depth + 1));
        }

        return result;
    }

    private JsonNode? Scalar(YamlScalarNode scalar, string pointer)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain || (!scalar.Tag.IsEmpty && scalar.Tag.Value == "tag:yaml.org,2002:str"))
        {
            return JsonValue.Create(text);
        }

        var value = YamlCoreSchema.Resolve(text);
        if (value?.GetValueKind() is not System.Text.Json.JsonValueKind.String)
        {
            _unquoted[pointer] = text;
        }

        return value;
    }

    private InvalidEnvironmentException Invalid(Mark mark, string detail) => new([new InputProblem(_file, At(mark), "", detail)]);

    private static Position At(Mark mark) => new(mark.Line, mark.Column);
}
