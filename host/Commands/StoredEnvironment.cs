using System.Text.Json;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Progress;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary>The environment of a cluster as the server has it, without exposures that are being deleted.</summary>
internal static class StoredEnvironment
{
    /// <summary>The cluster with all its exposures.</summary>
    public static async Task<DesiredEnvironment> ReadAsync(MeshPortApi api, ClusterId id, CancellationToken cancellationToken)
    {
        var found = await ReadStateAsync(api, id, cancellationToken);
        return Of(found.Cluster, found.Exposures.Select(exposure => exposure.Desired));
    }

    /// <summary>The cluster without the exposures of Services, whose annotations request them again.</summary>
    public static async Task<DesiredEnvironment> ReadOwnAsync(MeshPortApi api, ClusterId id, CancellationToken cancellationToken)
    {
        var found = await ReadStateAsync(api, id, cancellationToken);
        return Of(
            found.Cluster,
            found.Exposures.Where(exposure => exposure.Found.Metadata.Owner is null).Select(exposure => exposure.Desired)
        );
    }

    /// <summary>The cluster with all its exposures, and what the server has observed of them.</summary>
    public static async Task<Destination> ReadStateAsync(MeshPortApi api, ClusterId id, CancellationToken cancellationToken)
    {
        var cluster = await api.GetAsync(id.Path, cancellationToken);
        var exposures = await api.ListExposuresAsync(id, cancellationToken);
        return new Destination(
            cluster.Cluster.Name,
            cluster,
            [
                .. exposures
                    .Where(exposure => exposure.Metadata.DeletedAt is null)
                    .Select(exposure => (new DesiredExposure(exposure.Metadata.Name, exposure.Spec), exposure)),
            ]
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
