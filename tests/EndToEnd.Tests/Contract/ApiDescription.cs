using System.Globalization;
using System.Text.Json.Nodes;
using NJsonSchema;
using YamlDotNet.RepresentationModel;

namespace MeshPort.EndToEnd.Tests.Contract;

/// <summary>docs/openapi.yaml as served, to check the API's answers.</summary>
internal sealed class ApiDescription
{
    private readonly JsonObject _document;

    private ApiDescription(JsonObject document) => _document = document;

    public IEnumerable<string> Operations =>
        // Every operation of the document has an id.
        Paths.SelectMany(path => Methods(path.Item)).Select(method => method.Value!["operationId"]!.GetValue<string>());

    public IEnumerable<string> ProblemTypes =>
        _document["components"]!["schemas"]!["Problem"]!["properties"]!["type"]!["enum"]!
            .AsArray()
            .Select(type => type!.GetValue<string>()); // the document's own shape

    private IEnumerable<(string Template, JsonObject Item)> Paths =>
        _document["paths"]!.AsObject().Select(path => (path.Key, path.Value!.AsObject())); // so has every OpenAPI document

    public static ApiDescription Parse(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return new ApiDescription(Node(stream.Documents[0].RootNode)?.AsObject() ?? []);
    }

    /// <returns>The operation, and the differences between the answer and its description.</returns>
    public async Task<(string? Operation, IReadOnlyList<string> Deviations)> CheckAsync(
        HttpResponseMessage answer,
        CancellationToken cancellationToken
    )
    {
        var path = answer.RequestMessage?.RequestUri?.AbsolutePath ?? "";
        var operation =
            Paths
                .Where(candidate => Fits(candidate.Template, path))
                .Select(candidate => candidate.Item[answer.RequestMessage!.Method.Method.ToLowerInvariant()])
                .FirstOrDefault() as JsonObject; // an answer that came over the wire has its request
        if (operation is null)
        {
            return (null, [$"{answer.RequestMessage?.Method} {path} is not described."]);
        }

        var name = operation["operationId"]!.GetValue<string>(); // see Operations
        var status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        if (Resolve(operation["responses"]?[status]) is not { } response)
        {
            return (name, [$"{name} answers {status}, which is not described."]);
        }

        var media = answer.Content.Headers.ContentType?.MediaType ?? "";
        if (response["content"]?[media]?["schema"] is not { } schema)
        {
            return (name, [$"{name} answers {status} as '{media}', which is not described."]);
        }

        var body = await answer.Content.ReadAsStringAsync(cancellationToken);
        var errors =
            media == "application/yaml"
                ? []
                : (await SchemaAsync(schema, cancellationToken)).Validate(body).Select(error => $"{name} {status}: {error}");
        var undescribed = new[] { "ETag", "Location", "Retry-After" }
            .Where(header => answer.Headers.Contains(header) && response["headers"]?[header] is null)
            .Select(header => $"{name} {status} has {header}, which is not described.");
        return (name, [.. errors, .. undescribed]);
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Methods(JsonObject item) =>
        item.Where(member => member.Key is "get" or "put" or "post" or "delete");

    private static bool Fits(string template, string path)
    {
        var (wanted, found) = (template.Split('/'), path.Split('/'));
        return wanted.Length == found.Length && wanted.Zip(found).All(pair => pair.First.StartsWith('{') || pair.First == pair.Second);
    }

    private JsonNode? Resolve(JsonNode? node) =>
        node?["$ref"]?.GetValue<string>() is { } reference
            ? reference.Split('/').Skip(1).Aggregate((JsonNode?)_document, (current, part) => current?[part])
            : node;

    private async Task<JsonSchema> SchemaAsync(JsonNode schema, CancellationToken cancellationToken)
    {
        var whole = new JsonObject
        {
            ["allOf"] = new JsonArray(schema.DeepClone()),
            ["definitions"] = _document["components"]?["schemas"]?.DeepClone(),
        };
        return await JsonSchema.FromJsonAsync(
            whole.ToJsonString().Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal),
            cancellationToken
        );
    }

    private static JsonNode? Node(YamlNode yaml) =>
        yaml switch
        {
            YamlMappingNode map => new JsonObject(
                map.Children.Select(child => KeyValuePair.Create(((YamlScalarNode)child.Key).Value ?? "", Node(child.Value)))
            ),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(Node)]),
            YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: { } text }
                when long.TryParse(text, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
            YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain, Value: "true" or "false" } flag => JsonValue.Create(
                flag.Value == "true"
            ),
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            _ => null,
        };
}
