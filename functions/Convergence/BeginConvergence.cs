using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>
/// Takes up every requested change, and observes whether anything has happened to the cluster since the last convergence.
/// </summary>
internal sealed class BeginConvergence(StatusStore statuses, ClusterObserver observer, RequestLinks links)
{
    /// <returns>Null when the cluster no longer exists.</returns>
    [Function(nameof(BeginConvergence))]
    public async Task<ConvergenceStart?> RunAsync([ActivityTrigger] BeginRequest request, CancellationToken cancellationToken)
    {
        var taken = await statuses.TakeUpAsync(request.Cluster, request.Convergence, null, cancellationToken);
        if (taken is not { Document: var cluster, Resource: var resource })
        {
            return null;
        }

        await links.AddAsync(request.Cluster, cluster.Change, cancellationToken);
        var now = statuses.Now;
        var observed = cluster.Removal is null
            ? request.Observed ?? await observer.ObserveAsync(request.Cluster, resource, now, cancellationToken)
            : ClusterObservation.NotIdle(null);
        return new ConvergenceStart(
            request.Cluster,
            cluster.Change,
            cluster.Metadata.Generation,
            cluster.Spec,
            cluster.Removal,
            now,
            observed,
            resource.Status.HasServed,
            Enum.GetValues<Strategy>().Any(other => other != cluster.Spec.Strategy && StrategyMarks.IsInUse(resource.Status, other))
        );
    }
}

/// <param name="Observed">What a resync has just observed, if the cluster is not idle.</param>
public sealed record BeginRequest(ClusterId Cluster, string Convergence, ClusterObservation? Observed);

/// <param name="Removal">Set when the cluster is to be removed.</param>
/// <param name="Began">The time at which the convergence began.</param>
/// <param name="Observed">The steps of the cluster as they are at the beginning.</param>
/// <param name="HasServed">Whether MeshPort has observed mesh or gateways of the cluster before.</param>
/// <param name="ChangesStrategy">Whether ports of another strategy than that of the spec may be open.</param>
public sealed record ConvergenceStart(
    ClusterId Cluster,
    long Change,
    long Generation,
    ClusterSpec Spec,
    Removal? Removal,
    DateTimeOffset Began,
    ClusterObservation Observed,
    bool HasServed = false,
    bool ChangesStrategy = false
);
