using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>Wakes a cluster's keeper, or starts it.</summary>
internal static class Keeper
{
    /// <summary>
    /// Call it after the change is stored. If the process dies in between, the keeper's own resync or the watchdog finds the change.
    /// </summary>
    public static async Task WakeAsync(DurableTaskClient durable, ClusterId cluster, CancellationToken cancellationToken)
    {
        if (await RaiseAsync(durable, cluster, cancellationToken))
        {
            return;
        }

        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(
                nameof(KeepClusterOrchestrator),
                new KeepRequest(cluster),
                new StartOrchestrationOptions(cluster.KeeperId),
                cancellationToken
            );
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Two requests found no keeper and both started it: the one that lost has a keeper to wake. The exception's type differs by
            // backend.
            if (!await RaiseAsync(durable, cluster, cancellationToken))
            {
                throw;
            }
        }
    }

    /// <returns>False when the cluster has no keeper that could hear it.</returns>
    private static async Task<bool> RaiseAsync(DurableTaskClient durable, ClusterId cluster, CancellationToken cancellationToken)
    {
        if (!await IsRunningAsync(durable, cluster, cancellationToken))
        {
            return false;
        }

        try
        {
            await durable.RaiseEventAsync(cluster.KeeperId, KeepClusterOrchestrator.Changed, cancellation: cancellationToken);
            return true;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The keeper of a cluster that was removed may have ended in between. The exception's type differs by backend.
            if (await IsRunningAsync(durable, cluster, cancellationToken))
            {
                throw;
            }

            return false;
        }
    }

    private static async Task<bool> IsRunningAsync(DurableTaskClient durable, ClusterId cluster, CancellationToken cancellationToken) =>
        await durable.GetInstanceAsync(cluster.KeeperId, cancellationToken) is { IsCompleted: false };
}
