using System.Text.Json.Nodes;
using MeshPort.Json;
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
    private readonly string _file;
    private readonly Dictionary<string, Position> _positions = [];
    private readonly Dictionary<string, string> _unquoted = [];
    private int _nodes;

    private YamlDocumentReader(string file) => _file = file;

    /// <summary>Reads all documents of a file.</summary>
    /// <exception cref="InvalidEnvironmentException">The text is not YAML, or has no document.</exception>
    public static IReadOnlyList<YamlDocument> Parse(string file, string text)
    {
        // A '---' at the end begins an empty document.
        var documents = Load(file, text).Documents.Where(document => document.RootNode is not YamlScalarNode { Value: "" }).ToList();
        return documents.Count > 0
            ? [.. documents.Select(document => new YamlDocumentReader(file).Read(document))]
            : throw new InvalidEnvironmentException([
                new InputProblem(file, null, "", "The file is empty; see samples/tcpecho.yaml for an example."),
            ]);
    }

    private static YamlStream Load(string file, string text)
    {
        var stream = new YamlStream();
        var parser = new Parser(new StringReader(text));
        try
        {
            stream.Load(parser);
        }
        catch (YamlException exception)
        {
            throw Invalid(
                file,
                exception.Start,
                $"This is not YAML: {(exception.InnerException ?? exception).Message.TrimEnd('.')}. "
                    + "Check indentation, colons and quotes here."
            );
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException)
        {
            // For some malformed texts, the scanner's exceptions have no position. The last parsed event is near the error.
            throw Invalid(
                file,
                parser.Current?.End ?? Mark.Empty,
                "This is not YAML: something after this place is not closed, or not separated. Check brackets, colons and quotes."
            );
        }

        return stream;
    }

    private YamlDocument Read(YamlDotNet.RepresentationModel.YamlDocument document)
    {
        _positions[""] = At(document.RootNode.Start);
        return new YamlDocument(_file, Convert(document.RootNode, "", 0), _positions, _unquoted);
    }

    private JsonNode? Convert(YamlNode node, string pointer, int depth)
    {
        // An alias may refer to its own parent, or multiply its target.
        if (depth > Deepest || ++_nodes > MostNodes)
        {
            throw Invalid(
                node.Start,
                "The document is nested too deeply, or is too large when its aliases are expanded; write the values out."
            );
        }

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
        foreach (var (key, value) in mapping.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? throw Invalid(key.Start, "A field's name must be plain text.");
            var child = $"{pointer}/{JsonPointer.Escape(name)}";
            _positions[child] = At(key.Start);
            if (!result.TryAdd(name, Convert(value, child, depth + 1)))
            {
                throw Invalid(key.Start, $"'{name}' is given twice here; keep one.");
            }
        }

        return result;
    }

    private JsonArray Array(YamlSequenceNode sequence, string pointer, int depth)
    {
        var result = new JsonArray();
        foreach (var item in sequence.Children)
        {
            var child = $"{pointer}/{result.Count}";
            _positions[child] = At(item.Start);
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

    private InvalidEnvironmentException Invalid(Mark mark, string detail) => Invalid(_file, mark, detail);

    private static InvalidEnvironmentException Invalid(string file, Mark mark, string detail) =>
        new([new InputProblem(file, At(mark), "", detail)]);

    private static Position At(Mark mark) => new(mark.Line, mark.Column);
}
