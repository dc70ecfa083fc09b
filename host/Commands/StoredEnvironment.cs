using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary>The environment of a cluster as the server has it, without exposures that are being deleted.</summary>
internal static class StoredEnvironment
{
    public static async Task<DesiredEnvironment> ReadAsync(MeshPortApi api, ClusterId id, CancellationToken cancellationToken)
    {
        var cluster = await api.GetAsync(id.Path, cancellationToken);
        var exposures = await api.ListExposuresAsync(id, cancellationToken);
        return new DesiredEnvironment(
            id,
            cluster.Spec,
            [
                .. exposures
                    .Where(exposure => exposure.Metadata.DeletedAt is null)
                    .Select(exposure => new DesiredExposure(exposure.Metadata.Name, exposure.Spec)),
            ],
            new YamlDocument("the server", null, new Dictionary<string, Position>(), new Dictionary<string, string>())
        );
    }

    /// <summary>The environment in the format of files.</summary>
    public static JsonElement ToFile(DesiredEnvironment environment) =>
        JsonSerializer.SerializeToElement(
            new
            {
                subscriptionId = environment.Cluster.SubscriptionId,
                resourceGroup = environment.Cluster.ResourceGroup,
                cluster = new { name = environment.Cluster.Name, spec = environment.ClusterSpec },
                exposures = environment.Exposures.Select(exposure => new { name = exposure.Name, spec = exposure.Spec }),
            }
        );
}
