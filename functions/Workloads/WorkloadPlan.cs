using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Workloads;

/// <summary>
/// Decides the Deployments and Services of exposures with a workload, pure. The result of an exposure:
/// <code>
/// workload | its objects          | pods               | result
/// ---------+----------------------+--------------------+-----------------------------------
/// no       | -                    | -                  | True, NothingToDo
/// yes      | one is being deleted | -                  | wait, Pending
/// yes      | missing or different | -                  | wait, WorkloadStarting; Create or Update
/// yes      | as desired           | enough are ready   | True, AsDesired
/// yes      | as desired           | cannot be created  | wait, WorkloadFailed
/// yes      | as desired           | cannot start       | wait, WorkloadFailed
/// yes      | as desired           | too few are ready  | wait, WorkloadStarting
/// </code>
/// </summary>
internal static class WorkloadPlan
{
    public static readonly ObjectKind[] Family = [ObjectKind.Deployment, ObjectKind.Service];

    /// <param name="wanted">All exposures that should exist.</param>
    /// <param name="names">The exposures from which the plan may delete objects.</param>
    public static ExposurePlan<Change> Of(IReadOnlyList<NamedExposure> wanted, IReadOnlySet<string> names, ClusterObjects objects)
    {
        var desired = wanted.SelectMany(WorkloadObjects.Of).ToList();
        var observed = objects.OursOf(Family);
        var changes = ObjectPlan.Make(desired, observed, names);
        var changed = changes.Where(change => change.Action != ChangeAction.Delete).Select(change => change.Exposure).ToHashSet();
        return new ExposurePlan<Change>(
            changes,
            wanted.ToDictionary(
                exposure => exposure.Name,
                exposure =>
                    Terminating.Find(exposure.Name, desired, observed) is { } waits
                        ? StepResult.AskAgain(Reasons.Pending, waits)
                        : ResultOf(exposure, objects, changed.Contains(exposure.Name)),
                StringComparer.Ordinal
            )
        );
    }

    /// <summary>The Deployments whose pod errors MeshPort reads.</summary>
    public static IEnumerable<ObjectRef> NotReady(IEnumerable<NamedExposure> wanted, ClusterObjects objects) =>
        wanted
            .Where(exposure => exposure.Spec.Workload is { } workload && ReadyReplicas(exposure, objects) < workload.Replicas)
            .Select(Target);

    private static StepResult ResultOf(NamedExposure exposure, ClusterObjects objects, bool isChanged)
    {
        if (exposure.Spec.Workload is not { } workload)
        {
            return StepResult.Done(Observation.True(Reasons.NothingToDo, "The exposure has no workload."));
        }

        var ready = isChanged ? 0 : ReadyReplicas(exposure, objects);
        var message = $"{ready} of {workload.Replicas} pods are ready.";
        var error =
            isChanged ? null
            : CreationError(exposure, objects) is { } refused ? refused
            : objects.PodErrors.GetValueOrDefault(Target(exposure)) is { } failed ? $"The pods do not start: {failed}"
            : null;
        return ready >= workload.Replicas ? StepResult.Done(Observation.True(Reasons.AsDesired, message))
            : error is not null ? StepResult.AskAgain(Reasons.WorkloadFailed, $"{message} {error}")
            : StepResult.AskAgain(Reasons.WorkloadStarting, message);
    }

    /// <summary>Why the ReplicaSet cannot create pods, as the Deployment says; null when it can.</summary>
    private static string? CreationError(NamedExposure exposure, ClusterObjects objects) =>
        SeenStatus(exposure, objects)?["conditions"] is JsonArray conditions
        && conditions.FirstOrDefault(condition =>
            condition?["type"]?.GetValue<string>() == "ReplicaFailure" && condition["status"]?.GetValue<string>() == "True"
        )
            is { } failure
            ? PodProblems.OfReplicaSet(failure["message"]?.GetValue<string>() ?? "no message")
            : null;

    private static ObjectRef Target(NamedExposure exposure) =>
        new(ObjectKind.Deployment, exposure.Spec.Backends[0].Namespace, exposure.Spec.Backends[0].Service);

    /// <summary>
    /// The ready pods of the newest spec. The status counts pods of an earlier spec too, of which all may be ready, so it tells no more
    /// than this.
    /// </summary>
    /// <returns>0 while the Deployment's controller has not seen the newest spec.</returns>
    private static int ReadyReplicas(NamedExposure exposure, ClusterObjects objects)
    {
        var status = SeenStatus(exposure, objects);
        var old = Count("replicas") - Count("updatedReplicas");
        return Math.Max(0, Count("readyReplicas") - Math.Max(0, old));

        int Count(string field) => status?[field]?.GetValue<int>() ?? 0;
    }

    /// <returns>Null while the Deployment's controller has not seen the newest spec.</returns>
    private static JsonObject? SeenStatus(NamedExposure exposure, ClusterObjects objects) =>
        objects.Ours.TryGetValue(Target(exposure), out var deployment)
        && deployment["status"] is JsonObject status
        && (status["observedGeneration"]?.GetValue<long>() ?? 0) >= deployment.Generation()
            ? status
            : null;
}
