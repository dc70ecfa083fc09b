using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Apply;

/// <summary>Shape errors that turn an apply into a 500 (kube-semantics point 7), with structured-merge-diff's messages.</summary>
internal static class TypedCheck
{
    public static string? FirstError(JsonNode? value, Schema schema, string path = "")
    {
        switch (schema.Kind)
        {
            case SchemaKind.Any:
                return null;
            case SchemaKind.Struct or SchemaKind.Map:
                return value is JsonObject map ? Fields(map, schema, path)
                    : value is null ? null
                    : $"{path}: expected map, got {Go(value)}";
            case SchemaKind.List:
                return value is JsonArray list ? Items(list, schema, path)
                    : value is null ? null
                    : $"{path}: expected list, got {Go(value)}";
            default:
                return Scalar(value, schema, path);
        }
    }

    private static string? Fields(JsonObject map, Schema schema, string path)
    {
        foreach (var (name, child) in map)
        {
            if (schema.Child(name) is not { } field)
            {
                return $"{path}.{name}: field not declared in schema";
            }

            if (FirstError(child, field, $"{path}.{name}") is { } error)
            {
                return error;
            }
        }

        return null;
    }

    private static string? Items(JsonArray list, Schema schema, string path)
    {
        var seen = new HashSet<string>();
        for (var index = 0; index < list.Count; index++)
        {
            var keyed = !schema.Atomic && (schema.Keys.Count > 0 || schema.Set);
            if (keyed && KeyProblem(list[index], schema) is { } misfit)
            {
                return $"{path}: element {index}: {misfit}";
            }

            var element = ListKeys.Element(list[index], schema, index);
            if (keyed && !seen.Add(element))
            {
                return $"{path}: duplicate entries for key {FieldSet.Print(element)}";
            }

            if (FirstError(list[index], schema.Item ?? Schema.Any) is not null) // the path is built only for a message
            {
                return FirstError(list[index], schema.Item ?? Schema.Any, keyed ? path + FieldSet.Print(element) : $"{path}[{index}]");
            }
        }

        return null;
    }

    /// <summary>The problem of an item that has no unique key in its list.</summary>
    private static string? KeyProblem(JsonNode? item, Schema schema) =>
        (item, schema.Keys.Count) switch
        {
            (null, > 0) => "associative list with keys may not have a null element",
            (not JsonObject, > 0) => "associative list with keys may not have non-map elements",
            (null, _) => "associative list without keys has an element that's an explicit null",
            _ => null,
        };

    private static string? Scalar(JsonNode? value, Schema schema, string path)
    {
        var kind = value?.GetValueKind() ?? JsonValueKind.Null;
        return (schema.Kind, kind) switch
        {
            (_, JsonValueKind.Null) => null,
            (SchemaKind.String, JsonValueKind.String) => null,
            (SchemaKind.Integer or SchemaKind.Number, JsonValueKind.Number) => null,
            (SchemaKind.Boolean, JsonValueKind.True or JsonValueKind.False) => null,
            (SchemaKind.IntOrString or SchemaKind.Quantity, JsonValueKind.Number or JsonValueKind.String) => null,
            (SchemaKind.Integer or SchemaKind.Number, _) => $"{path}: expected numeric (int or float), got {Go(value)}",
            (SchemaKind.Boolean, _) => $"{path}: expected boolean, got {Go(value)}",
            _ => $"{path}: expected string, got {Go(value)}",
        };
    }

    private static string Go(JsonNode? value) =>
        value?.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => "int64",
            JsonValueKind.True or JsonValueKind.False => "bool",
            JsonValueKind.Array => "list",
            _ => "map",
        };
}
