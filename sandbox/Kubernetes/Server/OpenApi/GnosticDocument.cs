using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Server.OpenApi;

/// <summary>
/// An OpenAPI 2 document in gnostic's protocol buffers, the only format that kubectl accepts. Field numbers come from
/// openapiv2/OpenAPIv2.proto (github.com/google/gnostic). Extensions are YAML, a superset of JSON.
/// </summary>
internal static class GnosticDocument
{
    private const string ExtensionPrefix = "x-";

    public static byte[] Of(JsonObject document)
    {
        var message = new ProtobufWriter();
        message.Text(1, document.Text("swagger"));
        var info = new ProtobufWriter();
        info.Text(1, document.Text("info", "title"));
        info.Text(2, document.Text("info", "version"));
        message.Message(2, info);
        message.Message(8, Named(document["paths"] as JsonObject ?? [], 2, Path));
        message.Message(9, Named(document["definitions"] as JsonObject ?? [], 1, Schema));
        return message.ToArray();
    }

    private static ProtobufWriter Named(JsonObject map, int field, Func<JsonObject, ProtobufWriter> value)
    {
        var message = new ProtobufWriter();
        foreach (var (name, node) in map)
        {
            var entry = new ProtobufWriter();
            entry.Text(1, name);
            entry.Message(2, value(node as JsonObject ?? []));
            message.Message(field, entry);
        }

        return message;
    }

    private static ProtobufWriter Path(JsonObject path)
    {
        var message = new ProtobufWriter();
        foreach (var (method, field) in new[] { ("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8) })
        {
            if (path[method] is JsonObject operation)
            {
                message.Message(field, Operation(operation));
            }
        }

        return message;
    }

    private static ProtobufWriter Operation(JsonObject operation)
    {
        var message = new ProtobufWriter();
        foreach (var accepted in operation.Items("consumes"))
        {
            message.Text(7, accepted.ToString());
        }

        foreach (var parameter in operation.Items("parameters"))
        {
            message.Message(8, Parameter(parameter));
        }

        message.Message(9, Named(operation["responses"] as JsonObject ?? [], 1, Response));
        Extensions(message, 13, operation);
        return message;
    }

    /// <summary>ParametersItem, Parameter, NonBodyParameter, QueryParameterSubSchema: each wraps the next as its only choice.</summary>
    private static ProtobufWriter Parameter(JsonNode parameter)
    {
        var query = new ProtobufWriter();
        query.Text(2, parameter.Text("in"));
        query.Text(4, parameter.Text("name"));
        query.Text(6, parameter.Text("type"));
        return Wrap(1, Wrap(2, Wrap(3, query)));
    }

    private static ProtobufWriter Response(JsonObject response)
    {
        var message = new ProtobufWriter();
        message.Text(1, response.Text("description"));
        return Wrap(1, message);
    }

    private static ProtobufWriter Schema(JsonObject schema)
    {
        var message = new ProtobufWriter();
        message.Text(1, schema.Text("$ref"));
        message.Text(2, schema.Text("format"));
        message.Text(4, schema.Text("description"));
        if (schema.Number("minimum") is { } minimum)
        {
            message.Real(9, minimum);
        }

        foreach (var required in schema.Items("required"))
        {
            message.Text(19, required.ToString());
        }

        if (schema["additionalProperties"] is JsonObject values)
        {
            message.Message(21, Wrap(1, Schema(values)));
        }

        if (schema.Text("type") is { } type)
        {
            var names = new ProtobufWriter();
            names.Text(1, type);
            message.Message(22, names);
        }

        if (schema["items"] is JsonObject items)
        {
            message.Message(23, Wrap(1, Schema(items)));
        }

        if (schema["properties"] is JsonObject properties)
        {
            message.Message(25, Named(properties, 1, Schema));
        }

        Extensions(message, 31, schema);
        return message;
    }

    private static void Extensions(ProtobufWriter message, int field, JsonObject node)
    {
        foreach (var (name, value) in node.Where(pair => pair.Key.StartsWith(ExtensionPrefix, StringComparison.Ordinal)))
        {
            var any = new ProtobufWriter();
            any.Text(2, value?.ToJsonString(KubeAnswers.Plain));
            var named = new ProtobufWriter();
            named.Text(1, name);
            named.Message(2, any);
            message.Message(field, named);
        }
    }

    private static ProtobufWriter Wrap(int field, ProtobufWriter inner)
    {
        var message = new ProtobufWriter();
        message.Message(field, inner);
        return message;
    }
}
