using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Admission;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Patching;

/// <summary>
/// JSON patch, RFC 6902, with the deviations of a real API server (kubernetes/kubernetes, vendor/gopkg.in/evanphx/json-patch.v4):
/// <c>replace</c> adds a missing member, <c>test</c> with null accepts a missing member, and a negative index counts from the end.
/// </summary>
/// <remarks>
/// Microsoft.AspNetCore.JsonPatch.SystemTextJson 10.0.15 answers these three with a failure. It also ignores an unknown <c>op</c>, runs an
/// operation without <c>op</c> as <c>add</c>, and takes <c>-</c> for the last item in <c>remove</c>, which a real API server refuses with
/// 422.
/// </remarks>
internal static class JsonPatch
{
    public static JsonObject Apply(JsonObject target, JsonArray patch)
    {
        var result = target.Copy();
        foreach (var operation in patch)
        {
            if (operation is not null and not JsonObject)
            {
                throw KubeError.BadRequest(
                    $"json: cannot unmarshal {SchemaValidation.Go(operation)} into Go value of type jsonpatch.Operation"
                );
            }

            result = Apply(result, operation);
        }

        return result;
    }

    private static JsonObject Apply(JsonObject root, JsonNode? operation)
    {
        var path = operation.Text("path") ?? throw Refused();
        var value = operation.At("value");
        switch (operation.Text("op"))
        {
            case "test" when !JsonNode.DeepEquals(path.Length == 0 ? root : Location.Find(root, path).Get(), value):
                throw Refused();
            case "test":
                break;
            case "add":
                Location.Find(root, path).Add(value?.DeepClone());
                break;
            case "replace" when path.Length == 0:
                return value as JsonObject ?? throw Refused();
            case "replace":
                Location.Find(root, path).Set(value?.DeepClone());
                break;
            case "remove":
                Location.Find(root, path).Remove();
                break;
            case "move":
                var from = Location.Find(root, operation.Text("from"));
                var moved = from.Get();
                from.Remove();
                Location.Find(root, path).Add(moved);
                break;
            case "copy":
                Location.Find(root, path).Add(Location.Find(root, operation.Text("from")).Get()?.DeepClone());
                break;
            default:
                throw Refused();
        }

        return root;
    }

    /// <summary>The server's answer does not contain the reason (b3).</summary>
    private static KubeError Refused() => new(422, "Invalid", "the server rejected our request due to an error in our request", []);

    /// <summary>A member of an object or an item of an array. It need not exist, but its parent does.</summary>
    private readonly record struct Location(JsonNode Parent, string Key)
    {
        /// <param name="pointer">RFC 6901.</param>
        public static Location Find(JsonObject root, string? pointer)
        {
            string[] parts =
            [
                .. (pointer ?? "")
                    .Split('/')
                    .Skip(1)
                    .Select(part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)),
            ];
            return parts.Length == 0
                ? throw Refused()
                : new Location(
                    parts[..^1].Aggregate((JsonNode)root, (node, part) => new Location(node, part).Get() ?? throw Refused()),
                    parts[^1]
                );
        }

        public JsonNode? Get() =>
            Parent switch
            {
                JsonObject map => map[Key],
                JsonArray list => list[Index(list.Count)],
                _ => throw Refused(),
            };

        public void Add(JsonNode? value)
        {
            switch (Parent)
            {
                case JsonArray list when Key == "-":
                    list.Add(value);
                    break;
                case JsonArray list:
                    list.Insert(Index(list.Count + 1), value);
                    break;
                default:
                    Set(value);
                    break;
            }
        }

        public void Set(JsonNode? value)
        {
            switch (Parent)
            {
                case JsonObject map:
                    map[Key] = value;
                    break;
                case JsonArray list:
                    list[Index(list.Count)] = value;
                    break;
                default:
                    throw Refused();
            }
        }

        public void Remove()
        {
            switch (Parent)
            {
                case JsonObject map when map.Remove(Key):
                    break;
                case JsonArray list:
                    list.RemoveAt(Index(list.Count));
                    break;
                default:
                    throw Refused();
            }
        }

        private int Index(int count) =>
            int.TryParse(Key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)
            && index < count
            && index >= -count
                ? (index + count) % count
                : throw Refused();
    }
}
