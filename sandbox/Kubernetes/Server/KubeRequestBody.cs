using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Server.Protobuf;
using Microsoft.AspNetCore.Http;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>Reads a body as JSON, YAML or protocol buffers, up to the 3 MiB of a real API server.</summary>
internal static class KubeRequestBody
{
    private const string JsonType = "application/json";
    private const int Limit = 3145728;

    /// <returns>The body as text with its content type. Protocol buffers are converted to JSON.</returns>
    public static async Task<(string Text, string ContentType)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var contentType = request.ContentType ?? JsonType;
        using var body = new MemoryStream();
        var buffer = new byte[8192];
        for (
            var read = await request.Body.ReadAsync(buffer, cancellationToken);
            read > 0;
            read = await request.Body.ReadAsync(buffer, cancellationToken)
        )
        {
            body.Write(buffer, 0, read);
            if (body.Length > Limit)
            {
                throw new KubeError(413, "RequestEntityTooLarge", $"Request entity too large: limit is {Limit}");
            }
        }

        return contentType.StartsWith(ProtobufBody.ContentType, StringComparison.Ordinal) && body.Length > 0
            ? (ProtobufBody.Read(body.ToArray()).ToJsonString(KubeAnswers.Plain), JsonType)
            : (Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length), contentType);
    }

    public static JsonNode? Json(string text, string whatFails)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException exception)
        {
            throw KubeError.BadRequest($"{whatFails}{exception.Message}");
        }
    }

    public static JsonObject Object(string text, string contentType, string kind)
    {
        var node = contentType.Contains("yaml", StringComparison.Ordinal)
            ? Yaml(text)
            : Json(text, $"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse error: ");
        return node as JsonObject
            ?? throw KubeError.BadRequest($"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind");
    }

    /// <summary>YAML is a superset of JSON. A body that starts with a brace is parsed as JSON.</summary>
    public static JsonNode? Yaml(string text)
    {
        if (text.AsSpan().TrimStart().StartsWith("{"))
        {
            return Json(text, "error decoding YAML: error converting YAML to JSON: ");
        }

        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 0 ? null : Convert(stream.Documents[0].RootNode);
        }
        catch (YamlException exception)
        {
            throw KubeError.BadRequest(
                $"error decoding YAML: error converting YAML to JSON: yaml: line {exception.Start.Line}: {exception.Message}"
            );
        }
    }

    private static JsonNode? Convert(YamlNode node) =>
        node switch
        {
            YamlMappingNode map => new JsonObject(
                map.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value ?? "", Convert(pair.Value)))
            ),
            YamlSequenceNode list => new JsonArray([.. list.Select(Convert)]),
            YamlScalarNode { Style: ScalarStyle.Plain, Value: var plain } => Scalar(plain ?? ""),
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            _ => null,
        };

    private static JsonNode? Scalar(string text) =>
        text switch
        {
            "" or "~" or "null" => null,
            "true" or "false" => JsonValue.Create(text == "true"),
            _ when long.TryParse(
                    text,
                    System.Globalization.NumberStyles.AllowLeadingSign,
                    System.Globalization.CultureInfo.InvariantCulture,
                    out var whole
                ) => JsonValue.Create(whole),
            _ when double.TryParse(
                    text,
                    System.Globalization.NumberStyles.Float,
                    System.Globalization.CultureInfo.InvariantCulture,
                    out var real
                ) && double.IsFinite(real) => JsonValue.Create(real),
            _ => JsonValue.Create(text),
        };
}
