using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>
/// Observes a cluster whose resync is due, and makes one pass over its exposures. An idle cluster needs no more. Anything else is left to a
/// convergence.
/// </summary>
internal sealed class ResyncCluster(StatusStore statuses, ClusterObserver observer, PassExposures passes, Resync resync)
{
    [Function(nameof(ResyncCluster))]
    public async Task<KeeperOrder> RunAsync([ActivityTrigger] ResyncRequest request, CancellationToken cancellationToken)
    {
        if (await statuses.LoadAsync(request.Cluster, cancellationToken) is not { Document: var cluster } state)
        {
            return new KeeperOrder(KeeperWork.None, TimeSpan.Zero);
        }

        var order = new KeeperOrder(KeeperWork.Converge, resync.Of(cluster.Spec));
        if (state.IsWork || cluster.Removal is not null)
        {
            return order;
        }

        var now = statuses.Now;
        var observed = await observer.ObserveAsync(request.Cluster, state.Resource, now, cancellationToken);
        if (!observed.IsIdle)
        {
            return order with { Observed = observed };
        }

        var input = new PassInput(
            request.Cluster,
            request.Keeper,
            cluster.Metadata.Generation,
            cluster.Change,
            IsLast: false,
            PassScope.All,
            now
        );
        var pass = await passes.RunAsync(input, cancellationToken);
        return pass.HasEnded ? order with { Work = KeeperWork.Wait, IsReady = pass.IsReady } : order;
    }
}

/// <param name="Keeper">The instance id of the keeper.</param>
public sealed record ResyncRequest(ClusterId Cluster, string Keeper);
