using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.RequestBodies;

/// <summary>
/// What an api-version knows of a resource. An answer has no other properties. A PUT leaves the others of an existing resource unchanged,
/// because the provider converts each version from and to its own model.
/// </summary>
internal static class VersionShape
{
    /// <summary>Removes the properties that the request's api-version does not have.</summary>
    public static void Trim(ArmPath path, string apiVersion, JsonNode answer)
    {
        if (path.Provider is not { } provider || BodySchemas.RootOf(provider, path.Type, "PUT") is not { } root)
        {
            return;
        }

        foreach (var resource in answer["value"] is JsonArray list ? list.OfType<JsonObject>() : [answer as JsonObject ?? []])
        {
            Trim(provider, root, apiVersion, resource);
        }
    }

    /// <summary>Adds the properties of the existing resource that the request's api-version does not have.</summary>
    public static void Keep(string provider, string type, string apiVersion, JsonObject body, JsonObject before)
    {
        foreach (var (name, shape) in BodySchemas.Find(provider, type) ?? throw Unknown(provider, type))
        {
            if (before[name] is not { } known)
            {
                continue;
            }

            if (!shape.Exists(apiVersion))
            {
                body.Default(name, known.DeepClone());
            }
            else if (shape.TypeName is { } child && known is JsonObject from && body[name] is JsonObject to)
            {
                Keep(provider, child, apiVersion, to, from);
            }
            else if (shape.Items?.TypeName is { } item && known is JsonArray)
            {
                foreach (var (to2, from2) in Pairs(body.Objects(name), before.Objects(name)))
                {
                    Keep(provider, item, apiVersion, to2, from2);
                }
            }
        }
    }

    private static IEnumerable<(JsonObject To, JsonObject From)> Pairs(IReadOnlyList<JsonObject> to, IReadOnlyList<JsonObject> from) =>
        to.Where(item => item["name"] is not null)
            .Join(from, item => item["name"]?.ToString(), item => item["name"]?.ToString(), (a, b) => (a, b));

    private static void Trim(string provider, string type, string apiVersion, JsonObject node)
    {
        var shapes = BodySchemas.Find(provider, type) ?? throw Unknown(provider, type);
        foreach (var (name, value) in node.ToList())
        {
            if (shapes.GetValueOrDefault(name) is not { } shape)
            {
                continue; // of Resource Manager's envelope
            }

            if (!shape.Exists(apiVersion))
            {
                node.Remove(name);
            }
            else if (value is JsonObject child && shape.TypeName is { } childType)
            {
                Trim(provider, childType, apiVersion, child);
            }
            else if (value is JsonArray items && shape.Items?.TypeName is { } itemType)
            {
                foreach (var item in items.OfType<JsonObject>())
                {
                    Trim(provider, itemType, apiVersion, item);
                }
            }
        }
    }

    private static InvalidOperationException Unknown(string provider, string type) => new($"The schema of {provider} has no type {type}.");
}
