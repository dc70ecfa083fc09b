using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary>
/// The environment of a cluster as the server has it, without exposures that are being deleted, and without those of Services, which
/// their annotations keep.
/// </summary>
internal static class StoredEnvironment
{
    public static async Task<DesiredEnvironment> ReadAsync(MeshPortApi api, ClusterId id, CancellationToken cancellationToken)
    {
        var cluster = await api.GetAsync(id.Path, cancellationToken);
        var exposures = await api.ListExposuresAsync(id, cancellationToken);
        return Of(
            cluster,
            exposures
                .Where(exposure => exposure.Metadata is { DeletedAt: null, Owner: null })
                .Select(exposure => new DesiredExposure(exposure.Metadata.Name, exposure.Spec))
        );
    }

    /// <summary>The cluster with exposures for the listeners of others that can be adopted, and why the other listeners cannot.</summary>
    public static async Task<(DesiredEnvironment Environment, IReadOnlyList<string> Obstacles)> ReadAdoptableAsync(
        MeshPortApi api,
        ClusterId id,
        CancellationToken cancellationToken
    )
    {
        var cluster = await api.GetAsync(id.Path, cancellationToken);
        var listeners = await api.ListAdoptableAsync(id, cancellationToken);
        return (
            Of(
                cluster,
                listeners
                    .Where(listener => listener is { Name: not null, Spec: not null })
                    .Select(listener => new DesiredExposure(listener.Name ?? "", listener.Spec ?? default))
            ),
            [
                .. listeners
                    .Where(listener => listener.Obstacle is not null)
                    .Select(listener =>
                        $"Port {listener.Port} of the {listener.Gateway} gateway ({listener.Listener}): {listener.Obstacle}"
                    ),
            ]
        );
    }

    private static DesiredEnvironment Of(ResourceView cluster, IEnumerable<DesiredExposure> exposures) =>
        new(
            cluster.Cluster,
            cluster.Spec,
            [.. exposures],
            new YamlDocument("the server", null, new Dictionary<string, Position>(), new Dictionary<string, string>())
        );

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
