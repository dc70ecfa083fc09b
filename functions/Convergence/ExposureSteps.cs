using MeshPort.Firewall;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;
using MeshPort.State;
using MeshPort.Workloads;

namespace MeshPort.Convergence;

/// <summary>
/// The steps of a pass over exposures, from one snapshot of the cluster's objects: workloads, routes, ports, and the subnet's firewall. A
/// convergence and a dry run call the same methods; only their writers differ.
/// </summary>
internal sealed partial class ExposureSteps(
    PortPlans ports,
    SubnetFirewall firewall,
    SecretsProviderAddOn secretsProvider,
    StatusStore statuses,
    Installation installation
)
{
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused.</exception>
    public async Task<ClusterObjects> ObserveAsync(KubernetesApi api, ExposurePass pass, CancellationToken cancellationToken) =>
        await ExposureSnapshot.ReadAsync(
            api,
            pass,
            await installation.MarkAsync(pass.Id, cancellationToken),
            statuses.Now,
            pass.Wanted.Any(exposure => KeyVaultObjects.AreNeeded(exposure.Spec, pass.Spec))
                ? await secretsProvider.ReadAsync(pass.Id, pass.Spec, cancellationToken)
                : null,
            cancellationToken
        );

    /// <summary>Workloads, routes and ports of the wanted exposures.</summary>
    /// <param name="reached">Called with each condition when its results are reported.</param>
    public async Task ReachAsync(
        ExposurePass pass,
        ClusterObjects objects,
        IPassWriter writer,
        Action<string> reached,
        CancellationToken cancellationToken
    )
    {
        var left = objects.Without(await DeployWorkloadsAsync(pass, objects, writer, cancellationToken));
        reached(ConditionTypes.WorkloadReady);
        await ProgramRoutesAsync(pass, left, writer, cancellationToken);
        reached(ConditionTypes.RouteProgrammed);
        await OpenPortsAsync(pass, left, writer, cancellationToken);
        reached(ConditionTypes.PortOpen);
    }

    /// <returns>The objects that were deleted.</returns>
    public async Task<IReadOnlyCollection<ObjectRef>> DeployWorkloadsAsync(
        ExposurePass pass,
        ClusterObjects objects,
        IPassWriter writer,
        CancellationToken cancellationToken
    )
    {
        await writer.MarkAsync(
            status => KindsInUse.Add(status, WorkloadPlan.Desired(pass.Wanted, pass.Spec, objects.SecretsProvider)),
            cancellationToken
        );
        var plan = WorkloadPlan.Of(pass.Wanted, pass.WantedNames, pass.DeletingNames, pass.Spec, objects);
        var refused = await writer.ApplyAsync(plan.Changes, objects, cancellationToken);
        var written = Written(plan.Changes, refused);
        pass.Changes[ConditionTypes.WorkloadReady] = written;
        pass.Report(ConditionTypes.WorkloadReady, Refused(plan.Results, refused));
        return [.. written.Where(change => change.Action == ChangeAction.Delete).Select(change => change.Target)];
    }

    /// <summary>
    /// Closes firewall and ports, then deletes routes and workloads of the exposures that are being removed. Stops at the first object that
    /// remains. The rules that keep others out of a port go after the port.
    /// </summary>
    /// <param name="gone">Called with each condition whose objects are gone.</param>
    /// <returns>Why an object remains; null when all are gone.</returns>
    public async Task<StepResult?> RemoveAsync(
        ExposurePass pass,
        ClusterObjects objects,
        IPassWriter writer,
        Action<string> gone,
        CancellationToken cancellationToken
    )
    {
        gone(ConditionTypes.Reachable);
        if (await CloseFirewallAsync(pass, objects, writer, cancellationToken) is { } unclosed)
        {
            return StepResult.Done(unclosed);
        }

        gone(ConditionTypes.NetworkOpen);
        if (pass.LetsGo)
        {
            var addresses = ServiceAddresses.Release(pass.Spec, objects);
            if (await writer.CloseAsync(addresses, cancellationToken) is { } unreleased)
            {
                return StepResult.OfWrite(unreleased);
            }

            if (ServiceAddresses.FindHeld(pass.Spec, pass.ClusterStatus, objects) is { } held && writer.WaitsForDeletion)
            {
                return StepResult.AskAgain(Reasons.Pending, held);
            }
        }

        var work = Work(pass, objects, [], pass.Wanted, await installation.MarkAsync(pass.Id, cancellationToken));
        // At the gateway, the sources of a route are restricted as long as the Service keeps the addresses of clients.
        pass.StillGuarded = [.. pass.Deleting.Where(exposure => IsGuardedRoute(exposure, work))];
        var opened = ports.Open(work with { Kept = [.. work.Kept, .. pass.StillGuarded] });
        var refusal = await writer.CloseAsync(opened, cancellationToken);
        pass.Left.AddRange(opened.SelectMany(one => one.Left));
        var remaining = opened.Select(one => one.Remaining).FirstOrDefault(one => one is not null);
        foreach (var (strategy, previous) in ports.ClosePrevious(work, pass.ClusterStatus, pass.Wanted))
        {
            var refused = await writer.CloseAsync(previous, cancellationToken) ?? FindUnlisted(strategy, objects);
            pass.Left.AddRange(previous.SelectMany(one => one.Left));
            refusal ??= refused;
            var left = previous.Select(one => one.Remaining).FirstOrDefault(one => one is not null);
            remaining ??= left;
            if (pass.Wanted.Count == 0 && left is null && refused is null)
            {
                await writer.MarkAsync(status => status.Unmaking(PreviousStrategy.Mark(strategy)), cancellationToken);
            }
        }

        if (refusal is not null)
        {
            return refusal.Reason == Reasons.AccessDenied ? StepResult.Done(refusal) : StepResult.OfWrite(refusal);
        }

        if (remaining is not null && writer.WaitsForDeletion)
        {
            return StepResult.AskAgain(Reasons.Pending, remaining);
        }

        pass.Closing = pass.Wanted.Count == 0 ? null : [];
        if (pass.KeepsRules && await CloseFirewallAsync(pass, objects, writer, cancellationToken) is { } unlifted)
        {
            return StepResult.Done(unlifted);
        }

        gone(ConditionTypes.PortOpen);
        var routeWork = new RouteWork(
            pass.Spec,
            pass.ClusterStatus,
            objects,
            pass.Wanted,
            new HashSet<string>(),
            pass.DeletingNames,
            IsRemoval: true
        );
        var refusedRoutes = await writer.ApplyAsync([.. RoutePlan.Of(routeWork).Changes.Reverse()], objects, cancellationToken);
        if (refusedRoutes.Count > 0)
        {
            return StepResult.OfWrite(refusedRoutes.Values.First());
        }

        if (Terminating.FindRemaining(pass.DeletingNames, RoutePlan.Observed(routeWork)) is { } route && writer.WaitsForDeletion)
        {
            return StepResult.AskAgain(Reasons.Pending, route);
        }

        if (pass.StillGuarded.Count > 0)
        {
            pass.StillGuarded = [];
            if (await writer.CloseAsync(ports.Open(work), cancellationToken) is { } unsettled)
            {
                return StepResult.OfWrite(unsettled);
            }
        }

        gone(ConditionTypes.RouteProgrammed);
        var workloads = WorkloadPlan
            .Of(pass.Wanted, pass.DeletingNames, pass.DeletingNames, pass.Spec, objects)
            .Changes.Where(change => change.Action == ChangeAction.Delete);
        var refusedWorkloads = await writer.ApplyAsync([.. workloads.Reverse()], objects, cancellationToken);
        // Copies of keys that nobody needs any more go with it, but do not hold back the removal of another exposure.
        var refusals = refusedWorkloads.ToLookup(one => pass.LetsGo || pass.DeletingNames.Contains(one.Key), one => one.Value);
        pass.Left.AddRange(refusals[false].Select(refused => refused.Message));
        if (refusals[true].FirstOrDefault() is { } undeleted)
        {
            return StepResult.OfWrite(undeleted);
        }

        var workload = Terminating.FindRemaining(pass.DeletingNames, objects.OursOf(WorkloadPlan.Family));
        if (workload is not null)
        {
            return StepResult.AskAgain(Reasons.Pending, workload);
        }

        gone(ConditionTypes.WorkloadReady);
        return null;
    }

    /// <summary>The marks of the cluster's status after a pass: kinds of which nothing is left lose theirs, and so do namespaces.</summary>
    public static ResourceStatus Unmark(ResourceStatus status, ExposurePass pass, ClusterObjects objects) =>
        GatewayHomes.Remove(
            KindsInUse.Remove(
                status,
                [
                    .. WorkloadPlan.Family,
                    .. RouteObjects.Family,
                    .. GatewayParameters.AreNeeded(pass.Spec, pass.Wanted) || !objects.HasParameters
                        ? Array.Empty<ObjectKind>()
                        : [ObjectKind.ConfigMap],
                ],
                objects,
                [.. WorkloadPlan.Desired(pass.Wanted, pass.Spec, objects.SecretsProvider), .. pass.Routes]
            ),
            pass.Spec,
            objects
        );

    private async Task ProgramRoutesAsync(
        ExposurePass pass,
        ClusterObjects objects,
        IPassWriter writer,
        CancellationToken cancellationToken
    )
    {
        var blocked = pass.Blocked(ConditionTypes.RouteProgrammed);
        var plan = RoutePlan.Of(
            new RouteWork(pass.Spec, pass.ClusterStatus, objects, pass.Wanted, blocked, pass.WantedNames) { IsDryRun = pass.IsDryRun }
        );
        pass.Routes = plan.Desired;
        pass.Displaced = plan.Displaced;
        pass.Preparing = plan.Preparing;
        pass.Hints = plan.Hints;
        await writer.MarkAsync(status => KindsInUse.Add(status, plan.Desired), cancellationToken);
        var refused = await writer.ApplyAsync(plan.Changes, objects, cancellationToken);
        pass.Changes[ConditionTypes.RouteProgrammed] = Written(plan.Changes, refused);
        pass.NeedsAnotherPass |= KeyVaultObjects.AreLeft(pass.Wanted, pass.Spec, objects, plan.Changes);
        var kept = await Adoption.ReleaseAsync(pass, plan.Releases, writer, statuses.Now, cancellationToken);
        pass.Report(ConditionTypes.RouteProgrammed, Refused(Refused(plan.Results, refused).ToDictionary(), kept));
    }

    /// <summary>The history tells of these as repairs, and of a refusal by the condition.</summary>
    private static IReadOnlyList<Change> Written(IReadOnlyList<Change> changes, IReadOnlyDictionary<string, Observation> refused) =>
        [.. changes.Where(change => !refused.ContainsKey(change.Exposure))];

    private static IEnumerable<KeyValuePair<string, StepResult>> Refused(
        IReadOnlyDictionary<string, StepResult> results,
        IReadOnlyDictionary<string, Observation> refused
    ) =>
        results.Select(result =>
            refused.TryGetValue(result.Key, out var refusal)
            // An obstacle that the plan has found comes first.
            && result.Value is not { Wait: false, Observation.Status: not ConditionStatus.True }
                ? KeyValuePair.Create(result.Key, StepResult.OfWrite(refusal) with { Serves = result.Value.Serves })
                : result
        );
}
