using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// The effect of null on Go's decoder in a built-in kind. A null field is absent. In a list or map, null is the zero value, which
/// validation may refuse.
/// </summary>
internal static class Nulls
{
    public static void Settle(JsonNode? node, Schema schema)
    {
        switch (node)
        {
            case JsonObject map when schema.Kind is SchemaKind.Struct or SchemaKind.Map:
                foreach (var (name, value) in map.ToArray())
                {
                    if (value is not null)
                    {
                        Settle(value, schema.Child(name) ?? Schema.Any);
                    }
                    else if (schema.Kind == SchemaKind.Map)
                    {
                        map[name] = Zero(schema.Item);
                    }
                    else
                    {
                        map.Remove(name);
                    }
                }

                break;
            case JsonArray list when schema.Kind == SchemaKind.List:
                for (var index = 0; index < list.Count; index++)
                {
                    if (list[index] is { } item)
                    {
                        Settle(item, schema.Item ?? Schema.Any);
                    }
                    else
                    {
                        list[index] = schema.Keys.Count > 0 ? new JsonObject() : Zero(schema.Item);
                    }
                }

                break;
        }
    }

    private static JsonNode? Zero(Schema? schema) =>
        schema?.Kind switch
        {
            SchemaKind.String => "",
            SchemaKind.Integer or SchemaKind.Number or SchemaKind.IntOrString => 0,
            SchemaKind.Quantity => "0",
            SchemaKind.Boolean => false,
            SchemaKind.Struct => new JsonObject(),
            _ => null,
        };
}
