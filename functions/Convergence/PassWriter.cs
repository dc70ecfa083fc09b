using MeshPort.Firewall;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>Writes to the cluster, to ARM, and to the cluster's status.</summary>
internal sealed class PassWriter(
    ClusterId cluster,
    KubernetesApi? api,
    SubnetFirewall firewall,
    StatusStore statuses,
    ResourceStatus status
) : IPassWriter
{
    private ResourceStatus _status = status;

    public bool WaitsForDeletion => true;

    private KubernetesApi Api => api ?? throw new InvalidOperationException("This pass has no API server.");

    public async Task MarkAsync(Func<ResourceStatus, ResourceStatus> mark, CancellationToken cancellationToken)
    {
        if (mark(_status) != _status)
        {
            _status = await statuses.RecordClusterAsync(cluster, (before, _) => mark(before), cancellationToken) ?? _status;
        }
    }

    public Task RecordAsync(IReadOnlyList<(string Exposure, ResourceStatus Status)> changed, CancellationToken cancellationToken) =>
        changed.Count == 0 ? Task.CompletedTask : statuses.RecordExposuresAsync(cluster, changed, cancellationToken);

    public Task<IReadOnlyDictionary<string, Observation>> ReleaseAsync(RouteReleases releases, CancellationToken cancellationToken) =>
        ApplyChanges.RunAsync(
            Api,
            // One exposure has several releases, and each has its own outcome.
            [.. releases.Due.Select(release => release.Change with { Exposure = $"{release.Change.Target}" })],
            cancellationToken
        );

    public Task<IReadOnlyDictionary<string, Observation>> ApplyAsync(
        IReadOnlyList<Change> changes,
        ClusterObjects objects,
        CancellationToken cancellationToken
    ) => ApplyChanges.RunAsync(Api, [.. changes.Select(change => DesiredObjects.Marked(change, objects.Installation))], cancellationToken);

    public Task<IReadOnlyDictionary<string, PortOutcome>> ApplyAsync(
        IReadOnlyList<PortObject> objects,
        CancellationToken cancellationToken
    ) => PortObject.ApplyAsync(Api, objects, cancellationToken);

    public Task<Observation?> CloseAsync(IReadOnlyList<PortObject> objects, CancellationToken cancellationToken) =>
        PortObject.CloseAsync(Api, objects, cancellationToken);

    public Task<IReadOnlyDictionary<string, Observation>> ApplyAsync(
        FirewallSnapshot observed,
        FirewallPlan plan,
        CancellationToken cancellationToken
    ) =>
        observed.Id is { } group
            ? firewall.ApplyAsync(group, plan, cancellationToken)
            : Task.FromResult<IReadOnlyDictionary<string, Observation>>(new Dictionary<string, Observation>());
}
