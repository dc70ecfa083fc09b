using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The resources below a cluster, pure: its maintenance windows (<see cref="MaintenancePlan"/>) and further node pools
/// (<see cref="NodePoolPlan"/>). They follow when Azure has finished with the cluster itself.
/// </summary>
/// <param name="Changes">Up to the first that takes time.</param>
/// <param name="Result">The result of a node pool on which Azure works, or that failed; null without one.</param>
/// <param name="DryRun">The lines of all.</param>
internal sealed record ClusterChildren(IReadOnlyList<ArmChange> Changes, StepResult? Result, IReadOnlyList<PlannedChange> DryRun)
{
    public static ClusterChildren Of(ClusterId cluster, ClusterSpec spec, ManagedClusterSnapshot snapshot, ManagedClusterMemo memo)
    {
        var windows = MaintenancePlan.Of(cluster, spec, snapshot);
        var pools = NodePoolPlan.Of(cluster, spec, snapshot, memo);
        var slow = pools.FirstOrDefault(pool => pool.Result is not null);
        var due = slow is null ? pools : [.. pools.TakeWhile(pool => pool != slow), slow];
        return new(
            [.. windows, .. due.Select(pool => pool.Change).OfType<ArmChange>()],
            slow?.Result,
            [.. windows.Select(window => window.DryRun), .. pools.Select(pool => pool.DryRun).OfType<PlannedChange>()]
        );
    }

    /// <summary>Takes what MeshPort made below a cluster out of it, when the cluster stays.</summary>
    /// <param name="made">The marks in the cluster's status of what MeshPort made.</param>
    public static IReadOnlyList<ArmChange> Removal(IReadOnlyList<string> made) =>
        [
            .. made.Where(MaintenancePlan.IsOne).Select(MaintenancePlan.Delete),
            .. made.Where(NodePoolPlan.IsOne).Select(NodePoolPlan.Delete),
        ];
}
