using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// Decodes POST, PUT and patch bodies of built-in kinds, with the messages of Go's decoder (400), and finds unknown fields. Custom
/// resources: <see cref="CustomValidation"/>.
/// </summary>
internal static class SchemaValidation
{
    public static void Check(ResourceType type, string version, JsonObject body)
    {
        if (!type.Custom)
        {
            Check(type.Kind, version, type.SchemaOf(version), body);
        }
    }

    /// <param name="version">Without the group.</param>
    public static void Check(string kind, string version, Schema schema, JsonObject body)
    {
        if (Decode(body, schema, "", kind, kind) is { } error)
        {
            throw KubeError.BadRequest($"{kind} in version \"{version}\" cannot be handled as a {kind}: {error}");
        }
    }

    /// <summary>Removes fields that the schema does not know and returns their paths.</summary>
    public static IReadOnlyList<string> Prune(JsonNode? node, Schema schema, string path = "")
    {
        var unknown = new List<string>();
        switch (node)
        {
            case JsonObject map when schema.Kind is SchemaKind.Struct or SchemaKind.Map:
                foreach (var (name, child) in map.ToArray())
                {
                    var at = path.Length == 0 ? name : $"{path}.{name}";
                    if (schema.Child(name) is { } field)
                    {
                        unknown.AddRange(Prune(child, field, at));
                    }
                    else
                    {
                        unknown.Add(at);
                        map.Remove(name);
                    }
                }

                break;
            case JsonArray list when schema.Kind is SchemaKind.List:
                for (var index = 0; index < list.Count; index++)
                {
                    unknown.AddRange(Prune(list[index], schema.Item ?? Schema.Any, $"{path}[{index}]"));
                }

                break;
        }

        return unknown;
    }

    /// <param name="owner">The struct that contains the value.</param>
    private static string? Decode(JsonNode? value, Schema schema, string path, string owner, string kind)
    {
        if (schema.Kind == SchemaKind.Any || value is null)
        {
            return null;
        }

        if (schema.Kind == SchemaKind.Quantity && Quantity.Parse(value) is null)
        {
            return Quantity.Refusal;
        }

        if (!Fits(value, schema.Kind) || IsTooLong(value, schema))
        {
            return $"json: cannot unmarshal {Go(value)} into Go struct field {owner}.{path} of type {GoType(schema, path, kind)}";
        }

        var inside = schema.Kind == SchemaKind.Struct ? GoName(schema, path, kind) ?? owner : owner;

        return value switch
        {
            JsonObject map => map.Select(pair =>
                    Decode(
                        pair.Value,
                        schema.Child(pair.Key) ?? Schema.Any,
                        schema.Kind == SchemaKind.Map ? path : Join(path, pair.Key),
                        inside,
                        kind
                    )
                )
                .FirstOrDefault(error => error is not null),
            JsonArray list => list.Select(item => Decode(item, schema.Item ?? Schema.Any, path, inside, kind))
                .FirstOrDefault(error => error is not null),
            _ => null,
        };
    }

    /// <summary>Integers have 32 bits unless declared as 64.</summary>
    public static bool IsTooLong(JsonNode value, Schema schema) =>
        schema is { Kind: SchemaKind.Integer, GoName: null } && value.Number() is (< int.MinValue or > int.MaxValue);

    public static bool Fits(JsonNode value, SchemaKind kind) =>
        (kind, value.GetValueKind()) switch
        {
            (SchemaKind.Struct or SchemaKind.Map, JsonValueKind.Object) => true,
            (SchemaKind.List, JsonValueKind.Array) => true,
            (SchemaKind.String, JsonValueKind.String) => true,
            (SchemaKind.Integer, JsonValueKind.Number) => value.Number() is not null,
            (SchemaKind.Number, JsonValueKind.Number) => true,
            (SchemaKind.IntOrString, JsonValueKind.String) => true,
            (SchemaKind.IntOrString, JsonValueKind.Number) => value.Number() is not null,
            (SchemaKind.Quantity, JsonValueKind.String or JsonValueKind.Number) => true,
            (SchemaKind.Boolean, JsonValueKind.True or JsonValueKind.False) => true,
            _ => false,
        };

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    public static string Describe(JsonNode value) =>
        value.GetValueKind() switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.Number => value.Number() is null ? "number" : "integer",
            _ => "boolean",
        };

    public static string Wanted(SchemaKind kind) =>
        kind switch
        {
            SchemaKind.Struct or SchemaKind.Map => "object",
            SchemaKind.List => "array",
            SchemaKind.Integer => "integer",
            SchemaKind.Number => "number",
            SchemaKind.Boolean => "boolean",
            _ => "string",
        };

    /// <summary>Go's name for the JSON type of a value.</summary>
    public static string Go(JsonNode value) =>
        value.GetValueKind() switch
        {
            JsonValueKind.Number => value.Number() is null or < int.MinValue or > int.MaxValue
                ? $"number {value.ToJsonString()}"
                : "number",
            JsonValueKind.True or JsonValueKind.False => "bool",
            _ => Describe(value),
        };

    private static string GoType(Schema schema, string path, string kind) =>
        schema.Kind switch
        {
            SchemaKind.Integer => schema.GoName ?? "int32",
            SchemaKind.Boolean => "bool",
            SchemaKind.Map => $"map[string]{GoType(schema.Item ?? Schema.Text, path, kind)}",
            SchemaKind.List => $"[]{GoType(schema.Item ?? Schema.Text, path, kind)}",
            SchemaKind.Struct => $"v1.{GoName(schema, path, kind) ?? kind}",
            SchemaKind.IntOrString => "intstr.IntOrString",
            _ => "string",
        };

    /// <summary>The Go name of a struct. Null when unknown.</summary>
    private static string? GoName(Schema schema, string path, string kind) =>
        schema.GoName
        ?? path switch
        {
            "" => kind,
            "spec" => $"{kind}Spec",
            "status" => $"{kind}Status",
            _ => null,
        };
}
