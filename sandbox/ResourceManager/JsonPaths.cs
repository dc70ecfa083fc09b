using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Reads loosely typed request bodies. A value of the wrong type is a client error and answers 400.</summary>
internal static class JsonPaths
{
    /// <summary>The object at a path of property names (case-insensitive, as in ARM). Null when absent or null.</summary>
    public static JsonObject? Object(this JsonObject node, params ReadOnlySpan<string> path) =>
        Find(node, path) switch
        {
            null => null,
            JsonObject found => found,
            _ => throw Wrong(path, "an object"),
        };

    public static JsonArray? Array(this JsonObject node, params ReadOnlySpan<string> path) =>
        Find(node, path) switch
        {
            null => null,
            JsonArray found => found,
            _ => throw Wrong(path, "an array"),
        };

    public static string? Text(this JsonObject node, params ReadOnlySpan<string> path) =>
        Find(node, path) switch
        {
            null => null,
            JsonValue value when value.TryGetValue<string>(out var text) => text,
            _ => throw Wrong(path, "a string"),
        };

    public static bool? Flag(this JsonObject node, params ReadOnlySpan<string> path) =>
        Find(node, path) switch
        {
            null => null,
            JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
            _ => throw Wrong(path, "a boolean"),
        };

    public static int? Number(this JsonObject node, params ReadOnlySpan<string> path) =>
        Find(node, path) switch
        {
            null => null,
            JsonValue value when value.TryGetValue<int>(out var number) => number,
            _ => throw Wrong(path, "an integer"),
        };

    /// <summary>The strings of an array. Empty when it is absent.</summary>
    public static IReadOnlyList<string> Texts(this JsonObject node, params ReadOnlySpan<string> path)
    {
        var texts = new List<string>();
        foreach (var item in node.Array(path) ?? [])
        {
            texts.Add(item is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Wrong(path, "an array of strings"));
        }

        return texts;
    }

    /// <summary>The objects of an array. Empty when it is absent.</summary>
    public static IReadOnlyList<JsonObject> Objects(this JsonObject node, params ReadOnlySpan<string> path)
    {
        var objects = new List<JsonObject>();
        foreach (var item in node.Array(path) ?? [])
        {
            objects.Add(item as JsonObject ?? throw Wrong(path, "an array of objects"));
        }

        return objects;
    }

    /// <summary>Sets a value that the client omitted.</summary>
    public static void Default(this JsonObject node, string name, JsonNode? value)
    {
        if (node[name] is null && value is not null)
        {
            node[name] = value;
        }
    }

    /// <summary>The object of that name, created empty when absent.</summary>
    public static JsonObject Ensure(this JsonObject node, string name)
    {
        node.Default(name, new JsonObject());
        return node.Object(name) ?? [];
    }

    /// <summary>Property names in request bodies are case-insensitive.</summary>
    public static JsonObject Properties(this JsonObject node) => node.Object("properties") ?? [];

    private static JsonNode? Find(JsonNode node, ReadOnlySpan<string> path)
    {
        JsonNode? found = node;
        foreach (var name in path)
        {
            found = found switch
            {
                null => null,
                JsonObject parent => parent[name],
                _ => throw Wrong(path, "an object"),
            };
        }

        return found;
    }

    private static ArmException Wrong(ReadOnlySpan<string> path, string expected) =>
        ArmErrors.InvalidContent($"{string.Join(".", path)}: {expected} was expected");
}
