using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// The effect of Go's types on a body: empty maps and lists are omitted (<c>omitempty</c>), quantities get their canonical form. For custom
/// resources it applies to the metadata only.
/// </summary>
internal static class Normalization
{
    // Fields that are always written.
    private static readonly HashSet<string> Always =
    [
        "containers",
        "endpoints",
        "nodeSelectorTerms",
        "preferredDuringSchedulingIgnoredDuringExecution",
        "rules",
        "verbs",
    ];

    public static void Apply(ResourceType type, Schema schema, JsonObject body)
    {
        if (!type.Custom)
        {
            Settle(body, schema, type.Kind);
        }
        else if (body["metadata"] is JsonObject metadata)
        {
            Settle(metadata, BuiltInSchemas.Metadata, type.Kind);
        }
    }

    private static void Settle(JsonNode? node, Schema schema, string kind)
    {
        switch (node)
        {
            case JsonObject map when schema.Kind is SchemaKind.Struct or SchemaKind.Map:
                foreach (var (name, value) in map.ToArray())
                {
                    var field = schema.Child(name) ?? Schema.Any;
                    if (field.Kind == SchemaKind.Quantity && value is not null)
                    {
                        map[name] =
                            Quantity.Canonical(value)
                            ?? throw KubeError.BadRequest($"{kind} in version \"v1\" cannot be handled as a {kind}: {Quantity.Refusal}");
                    }
                    else if (value is not null && SchemaValidation.IsTooLong(value, field))
                    {
                        throw KubeError.BadRequest(
                            $"{kind} in version \"v1\" cannot be handled as a {kind}: json: cannot unmarshal number "
                                + $"{value.ToJsonString()} into Go struct field {schema.GoName ?? $"{kind}Spec"}.{name} of type int32"
                        ); // the body of an apply is not decoded yet
                    }
                    else if (
                        schema.Kind == SchemaKind.Struct
                        && (IsEmpty(value, field) || IsZero(name, value, schema))
                        && !Always.Contains(name)
                    )
                    {
                        map.Remove(name);
                    }
                    else
                    {
                        Settle(value, field, kind);
                    }
                }

                break;
            case JsonArray list when schema.Kind == SchemaKind.List:
                foreach (var item in list)
                {
                    Settle(item, schema.Item ?? Schema.Any, kind);
                }

                break;
        }
    }

    /// <summary>The scalars of pods that are omitted at Go's zero value. Most scalars of Kubernetes are pointers, which keep it.</summary>
    private static bool IsZero(string name, JsonNode? value, Schema schema) =>
        name switch
        {
            "initialDelaySeconds" => value.Number() == 0,
            "value" when schema.Child("valueFrom") is not null => value.Text() is "",
            _ => false,
        };

    private static bool IsEmpty(JsonNode? value, Schema schema) =>
        (schema.Kind, value) switch
        {
            (SchemaKind.Map, JsonObject { Count: 0 }) => true,
            (SchemaKind.List, JsonArray { Count: 0 }) => true,
            _ => false,
        };
}
