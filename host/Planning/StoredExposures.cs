using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;

namespace MeshPort.Host.Planning;

/// <summary>
/// Plans the exposures of a long file, or of a new cluster, from the specs that the server has. A dry run of each would read Azure each
/// time, and Azure limits requests. The dry run of the cluster still finds drift. The server cannot plan the exposures of a cluster that it
/// does not have.
/// </summary>
/// <param name="known">The exposures of the cluster by name. Null if there is no cluster.</param>
internal sealed class StoredExposures(DesiredEnvironment environment, IReadOnlyDictionary<string, ResourceView>? known)
{
    public ChangeView Put(DesiredExposure exposure)
    {
        var path = exposure.Path(environment.Cluster);
        if (known?.GetValueOrDefault(exposure.Name) is not { } stored)
        {
            return new ChangeView(
                "create",
                path,
                "MeshPort does not have this resource yet.",
                [new DifferenceView("", null, JsonSerializer.SerializeToElement(exposure.Spec))]
            );
        }

        var differences = SpecRules.Differences(stored.Spec, exposure.Spec);
        return differences.Count == 0
            ? new ChangeView("none", path, "The spec is unchanged.", [])
            : new ChangeView("update", path, "The request changes the spec.", differences);
    }

    public ChangeView Delete(string name) =>
        new(
            "delete",
            ResourcePath.Exposure(environment.Cluster, name),
            "The request deletes the resource, after everything made for it.",
            []
        );
}
