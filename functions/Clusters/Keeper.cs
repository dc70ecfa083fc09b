namespace MeshPort.Clusters;

/// <summary>Wakes a cluster's keeper, or starts it.</summary>
internal static class Keeper
{
    /// <summary>Call it after the change is stored. If the process dies in between, the keeper's own resync or the watchdog finds the change.</summary>
    public static async Task WakeAsync(DurableTaskClient durable, ClusterId cluster, CancellationToken cancellationToken)
    {
        if (await RaiseAsync(durable, cluster, cancellationToken))
        {
            return;
        }

        try
        {
            await durable.ScheduleNewOrchestrationInstanceAsync(nameof(KeepClusterOrchestrator), new ConvergeRequest(cluster), new StartOrchestrationOptions(cluster.KeeperId), cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Two requests found no keeper and both started it: the one that lost has a keeper to wake. The exception's type differs by backend.
            if (!await RaiseAsync(durable, cluster, cancellationToken))
            {
                throw;
            }
        }
    }

    private static async Task<bool> RaiseAsync(DurableTaskClient durable, ClusterId cluster, CancellationToken cancellationToken)
    {
        var keeper = await durable.GetInstanceAsync(cluster.KeeperId, cancellationToken);
        if (keeper is null || keeper.IsCompleted)
        {
            return false;
        }

        await durable.RaiseEventAsync(cluster.KeeperId, KeepClusterOrchestrator.Changed, cancellation: cancellationToken);
        return true;
    }
}
