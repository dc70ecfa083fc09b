using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Host.Environments;

namespace MeshPort.Host.Progress;

/// <summary>The bodies of the requests that put and delete the exposures of an environment, each within the limits of the API.</summary>
internal static class ExposureBatches
{
    private const int MostItems = 1_000;
    private const int LargestBody = 900 * 1024; // the API refuses bodies over 1 MiB

    /// <param name="removed">The names of exposures to delete.</param>
    public static IEnumerable<JsonObject> Of(DesiredEnvironment environment, IEnumerable<string> removed)
    {
        var items = removed
            .Select(name => (Field: "delete", Item: (JsonNode)JsonValue.Create(name)))
            .Concat(
                environment.Exposures.Select(exposure =>
                    ("put", (JsonNode)new JsonObject { ["name"] = exposure.Name, ["spec"] = JsonSerializer.SerializeToNode(exposure.Spec) })
                )
            );
        var (body, count, size) = (Empty(), 0, 0);
        foreach (var (field, item) in items)
        {
            var length = item.ToJsonString().Length + 1;
            if (count > 0 && (count == MostItems || size + length > LargestBody))
            {
                yield return body;
                (body, count, size) = (Empty(), 0, 0);
            }

            body[field]!.AsArray().Add(item); // both fields are in Empty
            (count, size) = (count + 1, size + length);
        }

        if (count > 0)
        {
            yield return body;
        }
    }

    private static JsonObject Empty() => new() { ["put"] = new JsonArray(), ["delete"] = new JsonArray() };
}
