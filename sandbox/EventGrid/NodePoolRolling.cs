using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// Events of node pools whose nodes are replaced by another version: the first when the operation begins, the last after its end. The
/// pending state is stored beside the operation with the ids of its last events, so that a repeated end after a restart repeats the same
/// events.
/// </summary>
internal sealed class NodePoolRolling(SandboxWorld world, EventPublisher publisher) : INodePoolEvents
{
    private const string Table = "event-rollings";

    /// <inheritdoc/>
    public void Begin(SandboxOperation operation, JsonObject cluster, IReadOnlyList<string> pools)
    {
        if (pools.Count == 0)
        {
            return;
        }

        var last = new JsonObject();
        foreach (var pool in pools)
        {
            publisher.Publish(ContainerServiceEvent.NodePoolRollingStarted(pool).About(cluster, NewId(cluster), world.Clock.GetUtcNow()));
            last[pool] = NewId(cluster);
        }

        world.Store.Put(
            Table,
            operation.Id,
            new JsonObject
            {
                ["id"] = cluster.Text("id"),
                ["name"] = cluster.Text("name"),
                ["last"] = last,
            }
        );
    }

    public void Ended(SandboxOperation operation)
    {
        if (world.Store.Get(Table, operation.Id) is not { } rolling)
        {
            return;
        }

        foreach (var (pool, id) in rolling.Object("last") ?? [])
        {
            var raised =
                operation.Status == "Succeeded"
                    ? ContainerServiceEvent.NodePoolRollingSucceeded(pool)
                    : ContainerServiceEvent.NodePoolRollingFailed(pool);
            publisher.Publish(raised.About(rolling, $"{id}", world.Clock.GetUtcNow()));
        }
    }

    /// <summary>Called after the operation has ended for good.</summary>
    public void Forget(SandboxOperation operation) => world.Store.Delete(Table, operation.Id);

    private string NewId(JsonObject cluster) => world.Ids.NewGuid($"event/{cluster.Text("id")}").ToString();
}
