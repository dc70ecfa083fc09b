using System.Text.Json.Nodes;
using MeshPort.Firewall;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;

namespace MeshPort.Convergence;

/// <summary>Keeps what a pass would write, for the answer to a dry run. Writes nothing.</summary>
internal sealed class PlanRecorder : IPassWriter
{
    private readonly List<(Change Change, JsonObject? Observed)> _objects = [];
    private readonly List<PortObject> _ports = [];

    public bool WaitsForDeletion => false;

    /// <summary>The changes of objects, in order, with the object as it is.</summary>
    public IReadOnlyList<(Change Change, JsonObject? Observed)> Objects => _objects;

    /// <summary>The objects that hold ports, also those that do not change.</summary>
    public IReadOnlyList<PortObject> Ports => _ports;

    /// <summary>The objects of others that are released, in the end.</summary>
    public IReadOnlyList<RouteRelease> Releases { get; private set; } = [];

    public (FirewallSnapshot Observed, FirewallPlan Plan)? Firewall { get; private set; }

    public Task MarkAsync(Func<ResourceStatus, ResourceStatus> mark, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RecordAsync(IReadOnlyList<(string Exposure, ResourceStatus Status)> statuses, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public Task<IReadOnlyDictionary<string, Observation>> ReleaseAsync(RouteReleases releases, CancellationToken cancellationToken)
    {
        Releases = releases.All;
        return Task.FromResult<IReadOnlyDictionary<string, Observation>>(new Dictionary<string, Observation>());
    }

    public Task<IReadOnlyDictionary<string, Observation>> ApplyAsync(
        IReadOnlyList<Change> changes,
        ClusterObjects objects,
        CancellationToken cancellationToken
    )
    {
        _objects.AddRange(changes.Select(change => (change, objects.Ours.GetValueOrDefault(change.Target))));
        return Task.FromResult<IReadOnlyDictionary<string, Observation>>(new Dictionary<string, Observation>());
    }

    public Task<IReadOnlyDictionary<string, PortOutcome>> ApplyAsync(IReadOnlyList<PortObject> objects, CancellationToken cancellationToken)
    {
        _ports.AddRange(objects);
        return Task.FromResult<IReadOnlyDictionary<string, PortOutcome>>(
            objects.SelectMany(one => one.Outcomes).ToDictionary(StringComparer.Ordinal)
        );
    }

    public Task<Observation?> CloseAsync(IReadOnlyList<PortObject> objects, CancellationToken cancellationToken)
    {
        _ports.AddRange(objects);
        return Task.FromResult<Observation?>(null);
    }

    public Task<IReadOnlyDictionary<string, Observation>> ApplyAsync(
        FirewallSnapshot observed,
        FirewallPlan plan,
        CancellationToken cancellationToken
    )
    {
        Firewall = (observed, plan);
        return Task.FromResult<IReadOnlyDictionary<string, Observation>>(new Dictionary<string, Observation>());
    }
}
