using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The node pools beside the one with which a cluster was made, pure. Each change is one long-running request; the next follows when it is
/// over. A pool passes its tags on to its machines, so the cluster's status notes the pools that MeshPort made instead. Other pools are
/// left alone. The first row that fits counts:
/// <code>
/// in the spec   in Azure             made by MeshPort   writes   change                          reported
/// yes           absent               any                -        PUT, noted in the status        wait   ClusterUpdating
/// any           changing             any; if not in     -        -                               wait   ClusterUpdating
///                                    the spec: yes
/// yes           Canceled, or its     any                any      -                               False  ClusterFailed, with advice
///               upgrade failed
///               (HaltedOperations)
/// yes           Failed               any                0, 1     PUT: the same again recovers    wait   ClusterUpdating
/// yes           Failed               any                2        -                               False  the operation's error
/// yes           differs              any                0, 1     PUT, If-Match                   wait   ClusterUpdating
/// yes           differs              any                2        -                               False  ClusterDiffers
/// no            present              yes                0, 1     DELETE                          wait   ClusterUpdating
/// no            present              yes                2        -                               False  the operation's error
/// no            absent               yes                -        DELETE, which takes the note    -
///                                                                out of the status
/// any other     any                  any                any      -                               -
/// </code>
/// </summary>
internal static class NodePoolPlan
{
    private const string Type = "agentPools";
    private const int MaxWrites = 2;

    /// <summary>Whether a mark is that of a node pool.</summary>
    public static bool IsOne(string id) => id.Contains($"/{Type}/", StringComparison.Ordinal);

    /// <returns>The changes in their order. The first that has a result ends the look.</returns>
    public static IReadOnlyList<PoolStep> Of(ClusterId cluster, ClusterSpec spec, ManagedClusterSnapshot snapshot, ManagedClusterMemo memo)
    {
        var properties = snapshot.Cluster?["properties"];
        var subnet = spec.Network is { } network
            ? NetworkIds.Subnet(cluster, network).ToString()
            : properties.Items("agentPoolProfiles").Select(profile => profile["vnetSubnetID"]?.GetValue<string>()).FirstOrDefault();
        return
        [
            .. spec
                .NodePools.Select(pool =>
                    Keep(IdOf(cluster, pool.Name), pool, ManagedClusterBody.Pool(properties, pool.Name), subnet, snapshot, memo)
                )
                .OfType<PoolStep>(),
            .. (snapshot.Cluster is null ? [] : snapshot.Made)
                .Where(IsOne)
                .Where(id => spec.NodePools.Append(spec.NodePool).All(pool => IdOf(cluster, pool.Name) != id))
                .Select(id => Remove(id, ManagedClusterBody.Pool(properties, NameOf(id)), snapshot, memo)),
        ];
    }

    /// <summary>Whether Azure reports a pool of the cluster as failed.</summary>
    public static bool HasFailed(JsonObject cluster) =>
        cluster["properties"].Items("agentPoolProfiles").Any(pool => IsFailed(StateOf(pool)));

    /// <returns>What AKS does not change in a pool, for people; null when it fits.</returns>
    public static string? Difference(JsonNode? properties, ClusterSpec spec)
    {
        var differences = spec
            .NodePools.SelectMany(pool => ManagedClusterBody.Pool(properties, pool.Name) is { } found ? Differences(found, pool) : [])
            .ToList();
        return differences.Count == 0 ? null : string.Join(" ", differences);
    }

    /// <summary>Takes a pool out of a cluster that stays.</summary>
    /// <param name="id">A mark in the cluster's status.</param>
    public static ArmChange Delete(string id) =>
        ArmChange.Delete(id, ApiVersions.ManagedClusters, "MeshPort made this node pool.") with
        {
            IsMarked = true,
        };

    private static PoolStep? Keep(
        string id,
        FurtherNodePoolSpec pool,
        JsonObject? found,
        string? subnet,
        ManagedClusterSnapshot snapshot,
        ManagedClusterMemo memo
    )
    {
        if (found is null)
        {
            var body = NodePoolBody.Create(pool, subnet);
            var made = ArmChange.Create(id, ApiVersions.ManagedClusters, "The node pool does not exist.", body) with { IsMarked = true };
            return Changing(made, pool.Name, "made", memo.With(pool.Name));
        }

        var state = StateOf(found);
        var writes = memo.WritesTo(pool.Name);
        var update = NodePoolBody.Update(found, pool);
        var write = update ?? (IsFailed(state) ? new JsonObject { ["properties"] = NodePoolBody.Content(found) } : null);
        return state switch
        {
            { } changing when IsChanging(state) => Waiting(pool.Name, changing, memo),
            _ when write is null => null,
            _ when HaltedOperations.OfPool(found, snapshot.Made.Contains(id, StringComparer.OrdinalIgnoreCase)) is { } halted => Ended(
                id,
                Observation.False(Reasons.ClusterFailed, halted)
            ),
            _ when writes < MaxWrites => Changing(Put(id, found, write), pool.Name, "changed", memo.With(pool.Name)),
            _ when IsFailed(state) => Ended(id, Failure(pool.Name, snapshot.Failure)),
            _ => Ended(
                id,
                Observation.False(
                    Reasons.ClusterDiffers,
                    $"Azure accepted the change of node pool {pool.Name} and it still differs; somebody else may be writing it."
                )
            ),
        };
    }

    private static ArmChange Put(string id, JsonObject found, JsonObject body)
    {
        const string Why = "The node pool differs from the spec.";
        var told = PlannedChange.Update(id, Why, new JsonObject { ["properties"] = NodePoolBody.Content(found) }, body);
        var again = told with { Action = PlannedAction.Update, Why = "An earlier attempt failed; the node pool is written again." };
        var isFailed = IsFailed(StateOf(found));
        return new ArmChange(ArmVerb.Put, id, ApiVersions.ManagedClusters, body, isFailed ? again : told)
        {
            IfMatch = found["eTag"]?.GetValue<string>(),
        };
    }

    private static PoolStep Remove(string id, JsonObject? found, ManagedClusterSnapshot snapshot, ManagedClusterMemo memo)
    {
        var name = NameOf(id);
        return found is null ? new PoolStep(Delete(id), null, null)
            : StateOf(found) is { } state && IsChanging(state) ? Waiting(name, state, memo)
            // The mark stays until the pool is gone.
            : memo.WritesTo(name) < MaxWrites ? Changing(Delete(id) with { IsMarked = false }, name, "deleted", memo.With(name))
            : Ended(id, Failure(name, snapshot.Failure));
    }

    private static PoolStep Changing(ArmChange change, string name, string what, ManagedClusterMemo memo)
    {
        var then = StepResult.AskAgain(Reasons.ClusterUpdating, $"Node pool {name} is being {what}.", memo: MeshPortJson.Write(memo));
        var repaired = change with
        {
            Then = then,
            Repair =
                change.Verb == ArmVerb.Put
                    ? new ArmRepair(
                        ConditionTypes.ClusterReady,
                        $"AgentPool {name}",
                        what == "made" ? "It was gone." : "It differed from what is desired."
                    )
                    : null,
        };
        return new PoolStep(repaired, then, repaired.DryRun);
    }

    private static PoolStep Waiting(string name, string state, ManagedClusterMemo memo) =>
        new(null, StepResult.AskAgain(Reasons.ClusterUpdating, $"Node pool {name} is {state}.", memo: MeshPortJson.Write(memo)), null);

    private static PoolStep Ended(string id, Observation observation) =>
        new(null, StepResult.Done(observation), PlannedChange.None(id, observation.Message));

    private static Observation Failure(string pool, ArmError? error) =>
        error is null
            ? Observation.False(
                Reasons.ClusterFailed,
                $"Azure reports node pool {pool} as failed. Look at the cluster's activity log, and correct the spec."
            )
            : ArmRefusals.OfOperation(error)
                ?? Observation.False(Reasons.ClusterFailed, $"Node pool {pool}: {error.Code}: {error.Message} Correct the spec.");

    private static IEnumerable<string> Differences(JsonObject found, FurtherNodePoolSpec pool)
    {
        if (found["vmSize"]?.GetValue<string>() is { } size && !string.Equals(size, pool.VmSize, StringComparison.OrdinalIgnoreCase))
        {
            yield return $"Node pool {pool.Name} has the VM size {size}, not {pool.VmSize}; make another pool, or write what it has.";
        }

        var zones = (found["availabilityZones"] as JsonArray ?? []).Select(zone => $"{zone}").Order(StringComparer.Ordinal).ToList();
        if (pool.Zones.Count > 0 && !zones.SequenceEqual(pool.Zones))
        {
            yield return $"Node pool {pool.Name} is in {(zones.Count == 0 ? "no zones" : $"zones {string.Join(" and ", zones)}")}, not "
                + $"{string.Join(" and ", pool.Zones)}; make another pool, or write what it has.";
        }
    }

    private static bool IsFailed(string? state) => state is "Failed" or "Canceled";

    private static bool IsChanging(string? state) => state is not (null or "Succeeded") && !IsFailed(state);

    private static string? StateOf(JsonObject pool) => pool["provisioningState"]?.GetValue<string>();

    private static string IdOf(ClusterId cluster, string name) => $"{ManagedClusterResource.IdOf(cluster)}/{Type}/{name}";

    private static string NameOf(string id) => id[(id.LastIndexOf('/') + 1)..];
}

/// <summary>One pool's part of the plan.</summary>
/// <param name="Change">Null while Azure works on the pool, and when its end is reported.</param>
/// <param name="Result">The report of the step; null when the next part follows at once.</param>
/// <param name="DryRun">Null when a dry run has nothing to say.</param>
internal sealed record PoolStep(ArmChange? Change, StepResult? Result, PlannedChange? DryRun);
