using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>JSON as YAML. Strings that YAML would read as another type are quoted.</summary>
internal static class YamlText
{
    public static string Of(JsonNode node)
    {
        using var text = new StringWriter();
        new YamlStream(new YamlDocument(Convert(node))).Save(text, assignAnchors: false);
        return text.ToString().TrimEnd('.', '\n', '\r') + "\n";
    }

    private static YamlNode Convert(JsonNode? node) =>
        node switch
        {
            JsonObject map => new YamlMappingNode(map.SelectMany(pair => new[] { Scalar(pair.Key), Convert(pair.Value) })),
            JsonArray list => new YamlSequenceNode(list.Select(Convert)),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => Scalar(value.GetValue<string>()),
            null => new YamlScalarNode("null"),
            _ => new YamlScalarNode(node.ToJsonString()),
        };

    /// <summary>Plain only when YAML cannot read it as a number, a boolean or null.</summary>
    private static YamlScalarNode Scalar(string text) =>
        new(text)
        {
            Style =
                text.Length > 0
                && char.IsAsciiLetter(text[0])
                && char.IsAsciiLetterOrDigit(text[^1])
                && text is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n")
                && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' or '/')
                    ? ScalarStyle.Plain
                    : ScalarStyle.DoubleQuoted,
        };
}
