using System.Text.Json;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.RequestBodies;

/// <summary>
/// Validates a request's body against its schema and removes read-only properties. Azure ignores those, because clients send back what they
/// read.
/// </summary>
internal sealed class BodyCheck(string provider, string apiVersion)
{
    private static readonly HashSet<string> Envelope = new(
        ["id", "name", "type", "location", "tags", "kind", "sku", "plan", "identity", "managedBy", "zones", "extendedLocation"],
        StringComparer.OrdinalIgnoreCase
    );

    /// <exception cref="ArmException">
    /// 400, worded as by the reader of that part: Resource Manager for the envelope, the provider for <c>properties</c>.
    /// </exception>
    public static void Apply(ArmPath path, string method, string apiVersion, JsonObject body)
    {
        if (path.Provider is { } provider && BodySchemas.RootOf(provider, path.Type, method) is { } root)
        {
            new BodyCheck(provider, apiVersion).CheckObject(body, root, "");
        }
    }

    private void CheckObject(JsonObject node, string type, string path)
    {
        var shapes =
            BodySchemas.Find(provider, type) ?? throw new InvalidOperationException($"The schema of {provider} has no type {type}.");
        foreach (var (name, value) in node.ToList())
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            var shape = shapes.GetValueOrDefault(name) ?? shapes.GetValueOrDefault("*");
            if (shape is null && path.Length == 0 && Envelope.Contains(name))
            {
                node.Remove(name); // Resource Manager accepts it for every resource; this type ignores it
                continue;
            }

            if (shape is null || !shape.Exists(apiVersion) && !shape.IsReadOnly)
            {
                throw BodyRefusals.Unknown(provider, type, name, at);
            }

            if (!shape.IsReadOnly)
            {
                CheckValue(value, shape, at);
            }
            // A sent provisioningState is compared with the current one (resource provider contract, section on asynchronous operations).
            else if (name != "provisioningState" || path != "properties")
            {
                node.Remove(name);
            }
        }

        if (
            shapes.FirstOrDefault(shape => shape.Value.Required && shape.Value.Exists(apiVersion) && node[shape.Key] is null).Key is
            { } missing
        )
        {
            throw BodyRefusals.Missing(provider, path.Length == 0 ? missing : $"{path}.{missing}");
        }
    }

    private void CheckValue(JsonNode? value, BodyShape shape, string path)
    {
        switch (value)
        {
            case null:
            case var _ when shape.Kind == "any":
                return;
            case JsonArray array when shape.Items is { } items:
                for (var index = 0; index < array.Count; index++)
                {
                    CheckValue(array[index], items, $"{path}[{index}]");
                }

                return;
            case JsonObject map when shape.Values is { } values:
                foreach (var (key, item) in map)
                {
                    CheckValue(item, values, $"{path}.{key}");
                }

                return;
            case JsonObject child when shape.TypeName is { } type:
                CheckObject(child, type, path);
                return;
            case JsonValue scalar when shape.Fits(scalar):
                if (shape.Allowed is { } allowed && !allowed.Contains(scalar.GetValue<string>(), StringComparer.OrdinalIgnoreCase))
                {
                    throw BodyRefusals.NotAllowed(provider, path, scalar.GetValue<string>(), allowed);
                }

                return;
            default:
                throw BodyRefusals.WrongType(provider, path, Describe(value), shape);
        }
    }

    private static string Describe(JsonNode value) =>
        value.GetValueKind() switch
        {
            JsonValueKind.Number => "number",
            JsonValueKind.String => "string",
            JsonValueKind.Array => "array",
            JsonValueKind.Object => "object",
            _ => "bool",
        };
}
