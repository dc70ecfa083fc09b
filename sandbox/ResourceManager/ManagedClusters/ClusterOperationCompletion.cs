using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// The effects of due long-running operations on clusters and node pools. Kubernetes changes first, so that a client that reads Succeeded
/// finds the result.
/// </summary>
internal sealed class ClusterOperationCompletion(ResourceStore resources, ArmOperations operations, IClusterFleet fleet)
{
    private readonly NodeGroupResources _nodeGroup = new(resources);

    public void Register()
    {
        Settles(ClusterOperations.Create, Reach);
        Settles(ClusterOperations.Update, Reach);
        Settles(ClusterOperations.Upgrade, Reach);
        Settles(ClusterOperations.Start, cluster => ClusterDocument.SetPower(cluster, ClusterDocument.Running));
        Settles(ClusterOperations.Stop, cluster => ClusterDocument.SetPower(cluster, ClusterDocument.Stopped));
        operations.WhenDue(ClusterOperations.Delete, RemoveAsync, MarkCluster);
        operations.WhenDue(ClusterOperations.PoolWrite, (operation, token) => SettlePoolAsync(operation, ReachPool, token), MarkPool);
        operations.WhenDue(ClusterOperations.PoolDelete, (operation, token) => SettlePoolAsync(operation, DropPool, token), MarkPool);
        operations.WhenDue(ClusterOperations.Abort, AbortAsync, MarkTooLate);
    }

    private static void Reach(JsonObject cluster)
    {
        ClusterDocument.ReachVersions(cluster);
        NodeGroupProfiles.Complete(cluster);
    }

    private void Settles(string kind, Action<JsonObject> reach) =>
        operations.WhenDue(kind, (operation, token) => SettleAsync(operation, reach, token), MarkCluster);

    private async Task SettleAsync(SandboxOperation operation, Action<JsonObject> reach, CancellationToken cancellationToken)
    {
        await ReshapeAsync(operation.Target, reach, cancellationToken);
        Change(
            operation.Target,
            cluster =>
            {
                reach(cluster);
                _nodeGroup.Reach(operation.Target, cluster);
                ClusterDocument.SetState(cluster.Ensure("properties"), "Succeeded");
                ClusterDocument.Renew(cluster, operations.Ids);
            }
        );
    }

    private async Task SettlePoolAsync(SandboxOperation operation, Action<JsonObject, string> reach, CancellationToken cancellationToken)
    {
        var (id, pool) = ClusterOperations.SplitPool(operation.Target);
        await ReshapeAsync(id, cluster => reach(cluster, pool), cancellationToken);
        Change(
            id,
            cluster =>
            {
                reach(cluster, pool);
                _nodeGroup.Reach(id, cluster);
            }
        );
    }

    private void ReachPool(JsonObject cluster, string name)
    {
        if (ClusterDocument.Pool(cluster, name) is { } pool)
        {
            ClusterDocument.ReachVersion(pool);
            pool["provisioningState"] = "Succeeded";
            ClusterDocument.RenewPool(cluster, pool, operations.Ids);
        }
    }

    private static void DropPool(JsonObject cluster, string name)
    {
        if (ClusterDocument.Pool(cluster, name) is { } pool)
        {
            cluster.Array("properties", "agentPoolProfiles")?.Remove(pool);
        }
    }

    private async Task RemoveAsync(SandboxOperation operation, CancellationToken cancellationToken)
    {
        await fleet.RemoveAsync(operation.Target, cancellationToken);
        lock (operations.Gate)
        {
            if (resources.Get(operation.Target) is { } cluster)
            {
                _nodeGroup.Remove(operation.Target, cluster);
                foreach (var (id, _) in resources.Below(operation.Target))
                {
                    resources.Delete(id);
                }

                resources.Delete(operation.Target);
            }
        }
    }

    private Task AbortAsync(SandboxOperation abort, CancellationToken cancellationToken)
    {
        var aborted =
            operations.Running.FirstOrDefault(running => running.Status == "Canceling" && running.Target == abort.Target)
            ?? throw new ArmException(409, "OperationNotAllowed", "The operation completed before it could be aborted.");
        operations.Abandon(aborted, "Canceled", "OperationCanceled", "The operation was aborted by a user's request.");
        return Task.CompletedTask;
    }

    /// <summary>
    /// Updates the Kubernetes side to the document's coming state. A cluster that was deleted with its resource group has none.
    /// </summary>
    private async Task ReshapeAsync(string id, Action<JsonObject> reach, CancellationToken cancellationToken)
    {
        if (resources.Get(id) is { } cluster)
        {
            reach(cluster);
            await fleet.EnsureAsync(ClusterShapes.From(ClusterDocument.Id(cluster) ?? id, cluster), cancellationToken);
        }
    }

    private void MarkCluster(SandboxOperation operation, string state) =>
        Change(operation.Target, cluster => ClusterDocument.SetState(cluster.Ensure("properties"), state));

    private void MarkPool(SandboxOperation operation, string state)
    {
        var (id, name) = ClusterOperations.SplitPool(operation.Target);
        Change(
            id,
            cluster =>
            {
                if (ClusterDocument.Pool(cluster, name) is { } pool)
                {
                    pool["provisioningState"] = state;
                }
            }
        );
    }

    /// <summary>The operation to abort had already taken effect.</summary>
    private void MarkTooLate(SandboxOperation abort, string state)
    {
        if (ClusterOperations.IsOfPool(abort.Target))
        {
            MarkPool(abort, "Succeeded");
        }
        else
        {
            MarkCluster(abort, "Succeeded");
        }
    }

    private void Change(string id, Action<JsonObject> change)
    {
        lock (operations.Gate)
        {
            if (resources.Get(id) is { } cluster)
            {
                change(cluster);
                resources.Put(id, cluster);
            }
        }
    }
}
