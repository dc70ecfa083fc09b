using System.Text.Json;
using MeshPort.Host.Environments;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MeshPort.Host.Output;

/// <summary>Writes JSON as YAML. Text that YAML would read as another type is quoted.</summary>
internal static class YamlText
{
    public static string Write(JsonElement value)
    {
        using var text = new StringWriter { NewLine = "\n" };
        new YamlStream(new YamlDotNet.RepresentationModel.YamlDocument(Node(value))).Save(text, assignAnchors: false);
        var written = text.ToString();
        return written.EndsWith("...\n", StringComparison.Ordinal) ? written[..^4] : written;
    }

    private static YamlNode Node(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => new YamlMappingNode(
                value.EnumerateObject().SelectMany(field => new[] { Text(field.Name), Node(field.Value) })
            ),
            JsonValueKind.Array => new YamlSequenceNode(value.EnumerateArray().Select(Node)) { Style = StyleOf(value) },
            JsonValueKind.String => Text(value.GetString() ?? ""),
            _ => new YamlScalarNode(value.GetRawText()),
        };

    private static YamlNode Text(string text) =>
        new YamlScalarNode(text)
        {
            Style =
                YamlCoreSchema.Resolve(text)?.GetValueKind() is JsonValueKind.String && !text.Any(char.IsControl)
                    ? ScalarStyle.Any
                    : ScalarStyle.DoubleQuoted,
        };

    private static YamlDotNet.Core.Events.SequenceStyle StyleOf(JsonElement list) =>
        list.GetArrayLength() == 0 ? YamlDotNet.Core.Events.SequenceStyle.Flow : YamlDotNet.Core.Events.SequenceStyle.Block;
}
