using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The long-running operations on clusters and node pools: names, durations and mutual exclusion.</summary>
internal sealed class ClusterOperations(ArmOperations operations, INodePoolEvents rolling)
{
    public const string Create = "managedClusters/create";
    public const string Update = "managedClusters/update";
    public const string Upgrade = "managedClusters/upgrade";
    public const string Delete = "managedClusters/delete";
    public const string Start = "managedClusters/start";
    public const string Stop = "managedClusters/stop";
    public const string Abort = "managedClusters/abort";
    public const string PoolWrite = "agentPools/write";
    public const string PoolDelete = "agentPools/delete";
    private const string PoolSegment = "/agentPools/";

    // Reported durations (reference domain.md, section 10.1): a create "a few minutes" to 9m10, adding a pool 4 to 9 minutes, the mesh "a
    // few minutes". The others have no reported figures. A cluster upgrade replaces the nodes and is assumed to be as slow as a create.
    public static readonly DurationRange Creating = DurationRange.Minutes(5, 9);
    public static readonly DurationRange AddingPool = DurationRange.Minutes(4, 9);
    public static readonly DurationRange ChangingTheMesh = DurationRange.Minutes(2, 4);
    public static readonly DurationRange Updating = DurationRange.Minutes(1, 2);
    public static readonly DurationRange Upgrading = DurationRange.Minutes(5, 9);
    public static readonly DurationRange Deleting = DurationRange.Minutes(3, 5);
    public static readonly DurationRange Switching = DurationRange.Minutes(2, 4);
    public static readonly DurationRange Aborting = DurationRange.Minutes(0.5, 1);

    public SandboxIds Ids => operations.Ids;

    public DateTimeOffset Now => operations.Now;

    /// <param name="cluster">The cluster's future state.</param>
    public SandboxOperation Begin(string kind, string target, JsonObject cluster, DurationRange takes)
    {
        var operation = operations.Start(kind, target, ResourceTypes.ContainerService, cluster.Text("location") ?? "", takes);
        var pools = kind switch
        {
            Upgrade => ClusterDocument.Pools(cluster),
            PoolWrite =>
            [
                .. ClusterDocument
                    .Pools(cluster)
                    .Where(pool => string.Equals(pool.Text("name"), SplitPool(target).Pool, StringComparison.OrdinalIgnoreCase)),
            ],
            _ => [],
        };
        rolling.Begin(operation, cluster, [.. pools.Where(ClusterDocument.IsUpgrading).Select(pool => pool.Text("name") ?? "")]);
        return operation;
    }

    /// <summary>Registers the end of a kind of operation on a child resource of a cluster.</summary>
    /// <param name="end">Takes the child's id.</param>
    public void WhenDue(string kind, Action<string> end) =>
        operations.WhenDue(
            kind,
            (operation, _) =>
            {
                lock (operations.Gate)
                {
                    end(operation.Target);
                }

                return Task.CompletedTask;
            }
        );

    public SandboxOperation? RunningOn(string id) => operations.RunningOn(id);

    public void Interrupt(SandboxOperation operation) => operations.Interrupt(operation);

    /// <summary>Allows one operation at a time on a cluster and its children.</summary>
    public void RefuseWhileBusy(string id, JsonObject cluster)
    {
        if (operations.RunningOn(id) is { } running)
        {
            throw Busy(StateOf(running, cluster));
        }
    }

    /// <summary>Node pools may change in parallel, but not while their cluster does.</summary>
    public void RefusePoolWhileBusy(string id, string pool, JsonObject cluster)
    {
        var busy = operations.Running.FirstOrDefault(running =>
            string.Equals(running.Target, id, StringComparison.OrdinalIgnoreCase)
            || string.Equals(running.Target, PoolId(id, pool), StringComparison.OrdinalIgnoreCase)
        );
        if (busy is not null)
        {
            throw Busy(StateOf(busy, cluster));
        }
    }

    public static void RefuseWhileStopped(JsonObject cluster)
    {
        if (ClusterDocument.IsStopped(cluster))
        {
            throw NotAllowed(
                $"Operation is not allowed: managed cluster {cluster.Text("name")} is in Power State(Stopped), it can only be started "
                    + "or deleted. Start it before starting a new operation."
            );
        }
    }

    public static ArmException Busy(string? state) =>
        NotAllowed(
            $"Operation is not allowed: Another operation ({state}) is in progress, please wait for it to finish before starting a new "
                + "operation. See https://aka.ms/aks-pending-operation for more details"
        );

    public static ArmException NotAllowed(string message) => new(409, "OperationNotAllowed", message) { ByProvider = true, Flat = true };

    public static string PoolId(string clusterId, string pool) => clusterId + PoolSegment + pool;

    public static bool IsOfPool(string target) => target.Contains(PoolSegment, StringComparison.OrdinalIgnoreCase);

    public static (string ClusterId, string Pool) SplitPool(string poolId)
    {
        var at = poolId.LastIndexOf(PoolSegment, StringComparison.OrdinalIgnoreCase);
        return (poolId[..at], poolId[(at + PoolSegment.Length)..]);
    }

    private static string? StateOf(SandboxOperation running, JsonObject cluster) =>
        IsOfPool(running.Target) ? ClusterDocument.Pool(cluster, SplitPool(running.Target).Pool)?.Text("provisioningState")
        : running.Kind.StartsWith("managedClusters/", StringComparison.Ordinal) ? cluster.Text("properties", "provisioningState")
        : "Updating";
}
