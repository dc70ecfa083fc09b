using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Patching;

/// <summary>JSON patch, RFC 6902. What cannot be done is a 422, as in the API server.</summary>
internal static class JsonPatch
{
    public static JsonObject Apply(JsonObject target, JsonArray patch)
    {
        JsonNode root = target.DeepClone();
        foreach (var operation in patch)
        {
            var path = operation.Text("path") ?? throw KubeError.BadRequest("json patch: an operation has no path");
            var value = (operation as JsonObject)?["value"];
            if (path.Length == 0 && operation.Text("op") != "test")
            {
                throw Refused();
            }

            switch (operation.Text("op"))
            {
                case "test" when !JsonNode.DeepEquals(Find(root, path), value):
                    throw Refused();
                case "test":
                    break;
                case "add":
                    Add(root, path, value?.DeepClone());
                    break;
                case "replace":
                    _ = Find(root, path) ?? throw Refused();
                    Remove(root, path);
                    Add(root, path, value?.DeepClone());
                    break;
                case "remove":
                    Remove(root, path);
                    break;
                case "copy" or "move":
                    var from = operation.Text("from") ?? "";
                    var moved = Find(root, from)?.DeepClone() ?? throw Refused();
                    if (operation.Text("op") == "move" && from.Length > 0)
                    {
                        Remove(root, from);
                    }

                    Add(root, path, moved);
                    break;
                default:
                    throw KubeError.BadRequest($"json patch: unknown operation {operation.Text("op")}");
            }
        }

        return (JsonObject)root;
    }

    private static string[] Parts(string path) =>
        [
            .. path.Split('/')
                .Skip(1)
                .Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)),
        ];

    private static JsonNode? Find(JsonNode root, string path) => Parts(path).Aggregate((JsonNode?)root, Step);

    private static JsonNode? Step(JsonNode? node, string part) =>
        node switch
        {
            JsonObject map => map[part],
            JsonArray list when Index(part) is { } index && index < list.Count => list[index],
            _ => null,
        };

    private static void Add(JsonNode root, string path, JsonNode? value)
    {
        var parts = Parts(path);
        switch (parts[..^1].Aggregate((JsonNode?)root, Step))
        {
            case JsonObject map:
                map[parts[^1]] = value;
                break;
            case JsonArray list when parts[^1] == "-":
                list.Add(value);
                break;
            case JsonArray list when Index(parts[^1]) is { } index && index <= list.Count:
                list.Insert(index, value);
                break;
            default:
                throw Refused();
        }
    }

    private static void Remove(JsonNode root, string path)
    {
        var parts = Parts(path);
        switch (parts[..^1].Aggregate((JsonNode?)root, Step))
        {
            case JsonObject map when map.Remove(parts[^1]):
                break;
            case JsonArray list when Index(parts[^1]) is { } index && index < list.Count:
                list.RemoveAt(index);
                break;
            default:
                throw Refused();
        }
    }

    private static int? Index(string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : null;

    /// <summary>The reason stays in the server (b3).</summary>
    private static KubeError Refused() => new(422, "Invalid", "the server rejected our request due to an error in our request", []);
}
