using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Admission;

/// <summary>
/// Fills in the defaults of a custom resource's schema, outer ones first: an outer default can be an object with defaults inside.
/// </summary>
internal static class SchemaDefaults
{
    public static void Fill(JsonNode? value, Schema schema)
    {
        if (!schema.HasDefaults)
        {
            return;
        }

        if (value is JsonObject map)
        {
            foreach (var (name, field) in schema.Fields.Where(pair => pair.Value.HasDefaults))
            {
                if (!map.ContainsKey(name) && field.Constraints?.Default is { } content)
                {
                    map[name] = content.DeepClone();
                }

                Fill(map[name], field);
            }

            if (schema.Kind == SchemaKind.Map)
            {
                foreach (var (_, child) in map)
                {
                    Fill(child, schema.Item ?? Schema.Any);
                }
            }
        }
        else if (value is JsonArray list)
        {
            foreach (var item in list)
            {
                Fill(item, schema.Item ?? Schema.Any);
            }
        }
    }
}
