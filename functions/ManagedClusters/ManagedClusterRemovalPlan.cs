using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.ManagedClusters;

/// <summary>
/// The removal of a managed cluster, pure. A cluster that MeshPort made is deleted, even when it is half made; a cluster that somebody
/// else made stays, without the maintenance windows and node pools that MeshPort made.
/// <code>
/// observed                deletes so far   change                     reported
/// not AKS                 -                -                          True   NotMadeHere
/// not ours                -                DELETE of noted children   True   NotMadeHere
/// absent                  -                -                          True   AsDesired
/// ours, Deleting          -                -                          wait   ClusterDeleting
/// ours, any other state   0, 1, 2          DELETE                     wait   ClusterDeleting
/// ours, any other state   3                -                          False  ClusterFailed
/// </code>
/// </summary>
internal static class ManagedClusterRemovalPlan
{
    private const int MaxDeletes = 3;

    /// <param name="observed">Null when there is no managed cluster, or it was not read since the cluster is not AKS.</param>
    /// <param name="made">The marks in the cluster's status of what MeshPort made.</param>
    /// <param name="memo">Of the report before.</param>
    public static StepPlan<ArmChange> Of(ClusterId cluster, bool isAks, JsonObject? observed, IReadOnlyList<string> made, string? memo)
    {
        var id = ManagedClusterResource.IdOf(cluster).ToString();
        if (Stays(isAks, observed))
        {
            var children = ClusterChildren.Removal(made);
            return new(
                children,
                StepResult.Done(Observation.True(Reasons.NotMadeHere, "MeshPort did not create the cluster, so it stays.")),
                [.. children.Select(child => child.DryRun), PlannedChange.None(id, "MeshPort did not create it, so it stays.")]
            );
        }

        if (observed is null)
        {
            return StepPlan<ArmChange>.Nothing(
                Observation.True(Reasons.AsDesired, "The cluster is gone."),
                PlannedChange.None(id, "It does not exist.")
            );
        }

        var deletes = int.TryParse(memo, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
        var change = ArmChange.Delete(id, ApiVersions.ManagedClusters, "MeshPort created it.") with { Then = Deleting(deletes + 1) };
        return ManagedClusterPlan.State(observed) switch
        {
            "Deleting" => StepPlan<ArmChange>.Nothing(Deleting(deletes), change.DryRun),
            _ when deletes < MaxDeletes => new([change], Deleting(deletes + 1), [change.DryRun]),
            var state => StepPlan<ArmChange>.Nothing(
                Observation.False(
                    Reasons.ClusterFailed,
                    $"Azure accepted the deletion {deletes} times and the cluster is still there ({state}); look at its activity log, "
                        + "remove what is in the way (a lock, a resource in its node resource group), and request the deletion again."
                ),
                change.DryRun
            ),
        };
    }

    /// <summary>Whether a cluster remains after the removal, so that MeshPort's objects must be taken out of it.</summary>
    /// <param name="observed">Null when there is no managed cluster.</param>
    public static bool Stays(bool isAks, JsonObject? observed) => !isAks || (observed is not null && !Ownership.IsOurs(observed));

    private static StepResult Deleting(int deletes) =>
        StepResult.AskAgain(Reasons.ClusterDeleting, "The cluster is being deleted.", memo: deletes.ToString(CultureInfo.InvariantCulture));
}
