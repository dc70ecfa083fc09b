using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Workloads;

/// <summary>
/// Decides the Deployments and Services of exposures with a workload, and the objects that bring certificates of key vaults
/// (<see cref="KeyVaultObjects"/>), whose result is a matter of the route. Pure. The result of an exposure:
/// <code>
/// workload | its objects          | pods               | result
/// ---------+----------------------+--------------------+-----------------------------------
/// no       | -                    | -                  | True, NothingToDo
/// yes      | one is being deleted | -                  | wait, Pending
/// yes      | missing or different | -                  | wait, WorkloadStarting; Create or Update
/// yes      | as desired           | enough are ready   | True, AsDesired
/// yes      | as desired           | cannot be created  | wait, WorkloadFailed
/// yes      | as desired           | have no node, on   | wait, WorkloadStarting
///          |                      | AKS Automatic      |
/// yes      | as desired           | cannot start       | wait, WorkloadFailed
/// yes      | as desired           | too few are ready  | wait, WorkloadStarting
/// </code>
/// A result that waits says that the exposure serves while all objects exist and a pod is ready, also one of an earlier spec.
/// </summary>
internal static class WorkloadPlan
{
    public static readonly ObjectKind[] Family = [ObjectKind.SecretProviderClass, ObjectKind.Deployment, ObjectKind.Service];

    public static IReadOnlyList<DesiredObject> Desired(IReadOnlyList<NamedExposure> wanted, ClusterSpec spec, SecretsProvider? provider) =>
        [.. KeyVaultObjects.Of(wanted, spec, provider), .. wanted.SelectMany(exposure => WorkloadObjects.Of(exposure, spec))];

    /// <param name="wanted">All exposures that should exist.</param>
    /// <param name="names">The exposures from which the plan may delete objects.</param>
    /// <param name="leaving">The exposures that are being removed. Their removal deletes their objects.</param>
    public static ExposurePlan<Change> Of(
        IReadOnlyList<NamedExposure> wanted,
        IReadOnlySet<string> names,
        IReadOnlySet<string> leaving,
        ClusterSpec spec,
        ClusterObjects objects
    )
    {
        var desired = Desired(wanted, spec, objects.SecretsProvider);
        var kept = KeyVaultObjects.Kept(wanted, spec, objects).Except(desired.Select(one => one.Target)).ToHashSet();
        var certificates = wanted.SelectMany(exposure => KeyVaultObjects.Targets(exposure.Spec, spec)).ToHashSet();
        var observed = objects.OursOf(Family).Where(found => !kept.Contains(found.Key)).ToDictionary();
        var forgotten = KeyVaultObjects
            .Forgotten(observed, [.. wanted.Select(exposure => exposure.Name), .. names, .. leaving], objects)
            .Where(found => !desired.Any(one => one.Target == found.Key))
            .ToDictionary();
        IReadOnlyList<Change> changes =
        [
            .. ObjectPlan.Make(desired, observed, names),
            .. ObjectPlan.Make([], forgotten, forgotten.Values.Select(ObjectPlan.Owner).ToHashSet(StringComparer.Ordinal)),
        ];
        var changed = changes
            .Where(change => change.Action != ChangeAction.Delete && !certificates.Contains(change.Target))
            .ToLookup(change => change.Exposure, StringComparer.Ordinal);
        return new ExposurePlan<Change>(
            changes,
            wanted.ToDictionary(
                exposure => exposure.Name,
                exposure =>
                    Terminating.Find(exposure.Name, desired, observed) is { } waits
                        ? StepResult.AskAgain(Reasons.Pending, waits)
                        : ResultOf(exposure, spec, objects, [.. changed[exposure.Name]]),
                StringComparer.Ordinal
            )
        );
    }

    /// <summary>The Deployments whose pod errors MeshPort reads.</summary>
    public static IEnumerable<ObjectRef> NotReady(IReadOnlyList<NamedExposure> wanted, ClusterSpec spec, ClusterObjects objects) =>
        wanted
            .Where(exposure => exposure.Spec.Workload is { } workload && ReadyReplicas(Target(exposure), objects) < workload.Replicas)
            .Select(Target)
            .Concat(
                wanted
                    .Where(exposure => KeyVaultObjects.AreNeeded(exposure.Spec, spec))
                    .Select(exposure => KeyVaultObjects.Holder(exposure.Spec, spec))
                    .Distinct()
                    .Where(holder => objects.Ours.ContainsKey(holder) && ReadyReplicas(holder, objects) == 0)
            );

    private static StepResult ResultOf(NamedExposure exposure, ClusterSpec spec, ClusterObjects objects, IReadOnlyList<Change> changes)
    {
        if (exposure.Spec.Workload is not { } workload)
        {
            return StepResult.Done(Observation.True(Reasons.NothingToDo, "The exposure has no workload."));
        }

        var isChanged = changes.Count > 0;
        var ready = isChanged ? 0 : ReadyReplicas(Target(exposure), objects);
        var message = $"{ready} of {workload.Replicas} pods are ready.";
        if (ready >= workload.Replicas)
        {
            return StepResult.Done(Observation.True(Reasons.AsDesired, message));
        }

        var refused = isChanged ? null : CreationError(exposure, objects);
        var failed = isChanged ? null : objects.PodErrors.GetValueOrDefault(Target(exposure));
        var result =
            refused is not null ? StepResult.AskAgain(Reasons.WorkloadFailed, $"{message} {refused}")
            : failed is not null && spec.IsAutomatic && PodProblems.IsOfScheduling(failed)
                ? StepResult.AskAgain(Reasons.WorkloadStarting, $"{message} {failed}")
            : failed is not null ? StepResult.AskAgain(Reasons.WorkloadFailed, $"{message} The pods do not start: {failed}")
            : StepResult.AskAgain(Reasons.WorkloadStarting, message);
        var exists = changes.All(change => change.Action == ChangeAction.Update);
        return result with { Serves = exists && Count(Status(Target(exposure), objects), "readyReplicas") > 0 };
    }

    /// <summary>Why the ReplicaSet cannot create pods, as the Deployment says; null when it can.</summary>
    private static string? CreationError(NamedExposure exposure, ClusterObjects objects) =>
        ReplicaFailure.Find(SeenStatus(Target(exposure), objects)) is { } message ? PodProblems.OfReplicaSet(message) : null;

    private static ObjectRef Target(NamedExposure exposure) =>
        new(ObjectKind.Deployment, exposure.Spec.Backends[0].Namespace, exposure.Spec.Backends[0].Service);

    /// <summary>
    /// The ready pods of the newest spec. The status counts pods of an earlier spec too, of which all may be ready, so it tells no more
    /// than this.
    /// </summary>
    /// <returns>0 while the Deployment's controller has not seen the newest spec.</returns>
    private static int ReadyReplicas(ObjectRef target, ClusterObjects objects)
    {
        var status = SeenStatus(target, objects);
        var old = Count(status, "replicas") - Count(status, "updatedReplicas");
        return Math.Max(0, Count(status, "readyReplicas") - Math.Max(0, old));
    }

    private static int Count(JsonObject? status, string field) => status?[field]?.GetValue<int>() ?? 0;

    /// <returns>Null while the Deployment's controller has not seen the newest spec.</returns>
    private static JsonObject? SeenStatus(ObjectRef target, ClusterObjects objects) =>
        Status(target, objects) is { } status && (status["observedGeneration"]?.GetValue<long>() ?? 0) >= objects.Ours[target].Generation()
            ? status
            : null;

    private static JsonObject? Status(ObjectRef target, ClusterObjects objects) =>
        objects.Ours.GetValueOrDefault(target)?["status"] as JsonObject;
}
