using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Host.Environments;

namespace MeshPort.Host.Progress;

/// <summary>A request that deletes and puts exposures of a cluster.</summary>
/// <param name="Removed">The names of the exposures that it deletes.</param>
internal sealed record ExposureBatch(IReadOnlyList<string> Removed, IReadOnlyList<DesiredExposure> Put)
{
    public JsonObject Body =>
        new()
        {
            ["put"] = new JsonArray([.. Put.Select(exposure => ExposureBatches.Item(exposure))]),
            ["delete"] = new JsonArray([.. Removed.Select(ExposureBatches.Item)]),
        };

    /// <summary>The pointer in the file for a pointer in the body. All deletions have the place of the file's list.</summary>
    public string PointerOf(string inBody) =>
        inBody.Split('/', 4) is ["", "put", var number, .. var rest]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
        && index < Put.Count
            ? string.Join('/', rest.Prepend(Put[index].Pointer))
            : "/exposures";
}

/// <summary>The requests that put and delete the exposures of an environment, each within the limits of the API.</summary>
internal static class ExposureBatches
{
    private const int MostItems = 1_000;
    private const int LargestBody = 900 * 1024; // the API refuses bodies over 1 MiB

    /// <param name="removed">The names of exposures to delete.</param>
    public static IEnumerable<ExposureBatch> Of(DesiredEnvironment environment, IEnumerable<string> removed)
    {
        var items = removed
            .Select(name => (Removed: (string?)name, Put: (DesiredExposure?)null, Item: Item(name)))
            .Concat(environment.Exposures.Select(exposure => ((string?)null, (DesiredExposure?)exposure, Item(exposure))));
        var (names, exposures, size) = (new List<string>(), new List<DesiredExposure>(), 0);
        foreach (var (name, exposure, item) in items)
        {
            var (count, length) = (names.Count + exposures.Count, item.ToJsonString().Length + 1);
            if (count > 0 && (count == MostItems || size + length > LargestBody))
            {
                yield return new ExposureBatch(names, exposures);
                (names, exposures, size) = ([], [], 0);
            }

            names.AddRange(name is null ? [] : [name]);
            exposures.AddRange(exposure is null ? [] : [exposure]);
            size += length;
        }

        if (names.Count + exposures.Count > 0)
        {
            yield return new ExposureBatch(names, exposures);
        }
    }

    internal static JsonNode Item(string name) => JsonValue.Create(name);

    internal static JsonNode Item(DesiredExposure exposure) =>
        new JsonObject { ["name"] = exposure.Name, ["spec"] = JsonSerializer.SerializeToNode(exposure.Spec) };
}
