using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>What a POST, PUT or patch body may not be: built-in kinds answer as Go's decoder does (400), custom resources as the CRD's schema does (422).</summary>
internal static class SchemaValidation
{
    public static void Check(ResourceType type, string version, JsonObject body)
    {
        if (type.Custom)
        {
            var causes = new List<Cause>();
            Custom(body, type.Schema, "", causes);
            if (causes.Count == 0)
            {
                return;
            }

            if (causes.Any(cause => cause.Reason is "FieldValueTypeInvalid" or "FieldValueRequired"))
            {
                causes.Add(Cause.Invalid("<nil>", "null", "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"));
            }

            throw KubeError.Invalid(type, body.Name(), causes);
        }

        if (Decode(body, type.Schema, "", type.Kind) is { } error)
        {
            throw KubeError.BadRequest($"{type.Kind} in version \"{version}\" cannot be handled as a {type.Kind}: {error}");
        }
    }

    /// <summary>Takes out the fields that the schema does not know; returns their paths.</summary>
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

    private static void Custom(JsonNode? value, Schema schema, string path, List<Cause> causes)
    {
        if (schema.Kind == SchemaKind.Any || value is null)
        {
            return;
        }

        if (!Fits(value, schema.Kind))
        {
            var got = Describe(value);
            causes.Add(new Cause("FieldValueTypeInvalid", $"Invalid value: \"{got}\": {path} in body must be of type {Wanted(schema.Kind)}: \"{got}\"", path));
            return;
        }

        if (value is JsonObject map)
        {
            foreach (var name in schema.Required.Where(name => map[name] is null))
            {
                causes.Add(Cause.Missing(Join(path, name)));
            }

            foreach (var (name, child) in map)
            {
                Custom(child, schema.Child(name) ?? Schema.Any, Join(path, name), causes);
            }
        }
        else if (value is JsonArray list)
        {
            for (var index = 0; index < list.Count; index++)
            {
                Custom(list[index], schema.Item ?? Schema.Any, $"{path}[{index}]", causes);
            }
        }
        else if (schema.Minimum is { } minimum && value.Number() < minimum)
        {
            causes.Add(Cause.Invalid(path, value.ToJsonString(), $"{path} in body should be greater than or equal to {minimum}"));
        }
    }

    private static string? Decode(JsonNode? value, Schema schema, string path, string owner)
    {
        if (schema.Kind == SchemaKind.Any || value is null)
        {
            return null;
        }

        if (!Fits(value, schema.Kind))
        {
            return $"json: cannot unmarshal {Describe(value)} into Go struct field {owner}.{path} of type {GoType(schema.Kind)}";
        }

        return value switch
        {
            JsonObject map => map.Select(pair => Decode(pair.Value, schema.Child(pair.Key) ?? Schema.Any, Join(path, pair.Key), owner)).FirstOrDefault(error => error is not null),
            JsonArray list => list.Select(item => Decode(item, schema.Item ?? Schema.Any, path, owner)).FirstOrDefault(error => error is not null),
            _ => null,
        };
    }

    private static bool Fits(JsonNode value, SchemaKind kind) => (kind, value.GetValueKind()) switch
    {
        (SchemaKind.Struct or SchemaKind.Map, JsonValueKind.Object) => true,
        (SchemaKind.List, JsonValueKind.Array) => true,
        (SchemaKind.String, JsonValueKind.String) => true,
        (SchemaKind.Integer, JsonValueKind.Number) => value.Number() is not null,
        (SchemaKind.IntOrString, JsonValueKind.String) => true,
        (SchemaKind.IntOrString, JsonValueKind.Number) => value.Number() is not null,
        (SchemaKind.Boolean, JsonValueKind.True or JsonValueKind.False) => true,
        _ => false,
    };

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Describe(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.Number() is null ? "number" : "integer",
        _ => "boolean",
    };

    private static string Wanted(SchemaKind kind) => kind switch
    {
        SchemaKind.Struct or SchemaKind.Map => "object",
        SchemaKind.List => "array",
        SchemaKind.Integer => "integer",
        SchemaKind.Boolean => "boolean",
        _ => "string",
    };

    private static string GoType(SchemaKind kind) => kind switch
    {
        SchemaKind.Integer => "int32",
        SchemaKind.Boolean => "bool",
        SchemaKind.Map => "map[string]string",
        SchemaKind.List => "[]",
        _ => "string",
    };
}
