using MeshPort.Discovery;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Routes;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>The dry run of all exposures of a cluster: with another spec of the cluster, or for its removal.</summary>
internal sealed class ClusterExposuresDryRun(
    ClusterConnections connections,
    ClusterStore clusters,
    ExposureStore exposures,
    ExposureSteps steps,
    ServiceDiscovery discovery
)
{
    private static readonly StepResult Seen = ExposureDryRun.Seen;

    /// <param name="status">The cluster's status, with the addresses that ports would follow and with what guards its nodes.</param>
    /// <param name="hasApiServer">Whether the cluster can be observed.</param>
    /// <returns>Only changes, in the order in which a convergence makes them.</returns>
    public async Task<IReadOnlyList<PlannedChange>> PlanAsync(
        ClusterId cluster,
        ClusterSpec spec,
        ResourceStatus status,
        bool hasApiServer,
        CancellationToken cancellationToken
    )
    {
        var owner = await clusters.GetAsync(cluster, cancellationToken);
        var all = await exposures.ListAsync(cluster, cancellationToken);
        var target = $"{cluster.Path}/exposures";
        if (owner is null)
        {
            return [];
        }

        var (discovered, asked) = hasApiServer ? await DiscoverAsync(cluster, spec, all, cancellationToken) : (DiscoveryPreview.None, []);
        var known = all.Where(exposure => exposure.Metadata.DeletedAt is null).Select(NamedExposure.Of).ToList();
        var wanted = discovered.After(known);
        var pass = new ExposurePass(
            cluster,
            owner with
            {
                Spec = spec,
                Status = status,
            },
            wanted,
            [.. known.Where(exposure => discovered.Removed.Contains(exposure.Name))],
            isLast: false,
            assumed: discovered.PutNames
        );
        var recorder = new PlanRecorder();
        var objects = ClusterObjects.None;
        var changes = new List<PlannedChange>();
        if (wanted.Count > 0 && !hasApiServer)
        {
            changes.Add(PlannedChange.None(target, "They are opened when the cluster exists."));
        }
        else if (known.Count + wanted.Count > 0)
        {
            var observation = await KubernetesErrors.ClassifyErrorsAsync(
                connections,
                cluster,
                spec.Connection,
                async api =>
                {
                    (objects, var told) = await TellAsync(api, pass, recorder, cancellationToken);
                    changes.AddRange(told);
                    return Seen;
                },
                cancellationToken
            );
            if (observation.Observation.Status != ConditionStatus.True)
            {
                changes = [PlannedChange.Unknown(target, $"The changes are not known: {observation.Observation.Message}")];
            }
            else if (changes.Count == 0 && wanted.Count > 0)
            {
                changes.Add(PlannedChange.None(target, "Their workloads, routes and ports are as desired."));
            }
        }

        await steps.OpenFirewallAsync(pass, objects, recorder, cancellationToken);
        return [.. asked, .. changes, .. TellFirewall(pass, recorder), .. Restricted(pass)];
    }

    /// <returns>Whether the cluster could be observed, and what would be removed from a cluster that stays.</returns>
    public async Task<(StepResult Observation, IReadOnlyList<PlannedChange> Changes)> PlanRemovalAsync(
        ClusterId cluster,
        Resource<ClusterSpec> owner,
        CancellationToken cancellationToken
    )
    {
        var (pass, recorder) = (await LetGoAsync(cluster, owner, cancellationToken), new PlanRecorder());
        var observation = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            cluster,
            owner.Spec.Connection,
            async api =>
            {
                var objects = await steps.ObserveAsync(api, pass, cancellationToken);
                await steps.RemoveAsync(pass, objects, recorder, _ => { }, cancellationToken);
                return Seen;
            },
            cancellationToken
        );
        return (
            observation,
            [
                .. TellFirewall(pass, recorder),
                .. recorder.Ports.Where(one => one.Action is not null).Select(PlanText.Of),
                .. recorder.Objects.Select(one => PlanText.Of(one.Change, one.Observed)),
            ]
        );
    }

    /// <returns>The rules that would be removed from a security group when the cluster itself is deleted.</returns>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<IReadOnlyList<PlannedChange>> PlanFirewallRemovalAsync(
        ClusterId cluster,
        Resource<ClusterSpec> owner,
        CancellationToken cancellationToken
    )
    {
        var (pass, recorder) = (await LetGoAsync(cluster, owner, cancellationToken), new PlanRecorder());
        await steps.CloseFirewallAsync(pass, ClusterObjects.None, recorder, cancellationToken);
        return TellFirewall(pass, recorder);
    }

    private static IEnumerable<PlannedChange> Restricted(ExposurePass pass) =>
        pass
            .Wanted.Select(exposure => (exposure.Name, Result: pass.ResultOf(exposure.Name, ConditionTypes.NetworkOpen)))
            .Where(one => one.Result?.Observation.Reason == Reasons.ServiceRestricted)
            .Select(one =>
                PlannedChange.None(
                    $"{pass.Id.Path}/exposures/{one.Name}",
                    $"{one.Result?.Observation.Message} The exposure would not become ready."
                )
            );

    private async Task<(ClusterObjects Objects, IReadOnlyList<PlannedChange> Changes)> TellAsync(
        KubernetesApi api,
        ExposurePass pass,
        PlanRecorder recorder,
        CancellationToken cancellationToken
    )
    {
        if (
            pass.Spec is { Strategy: Strategy.GatewayApi, Connection.IsAks: true }
            && !(await api.ServedAsync(ObjectKind.ListenerGateway, cancellationToken)).Contains(ObjectKind.ListenerGateway.Plural)
        )
        {
            var unknown = PlannedChange.Unknown(
                $"{pass.Id.Path}/exposures",
                "The Gateway API comes with the change of the cluster. MeshPort can tell only then whether it serves them."
            );
            return (ClusterObjects.None, [unknown]);
        }

        var objects = await steps.ObserveAsync(api, pass, cancellationToken);
        await steps.ReachAsync(pass, objects, recorder, _ => { }, cancellationToken);
        var removals = new PlanRecorder();
        if (pass.Deleting.Count > 0)
        {
            await steps.RemoveAsync(pass, objects, removals, _ => { }, cancellationToken);
        }

        var refused = Refused(pass);
        IReadOnlyList<PlannedChange> changes =
        [
            .. recorder.Objects.Where(one => one.Change.Action != ChangeAction.Delete).Select(one => PlanText.Of(one.Change, one.Observed)),
            .. recorder.Releases.Select(PlanText.Of),
            .. recorder.Ports.Concat(removals.Ports).Where(one => one.Action is not null).DistinctBy(one => one.Target).Select(PlanText.Of),
            .. pass.ClosesLater.Select(PlanText.OfLater),
            .. pass
                .Wanted.Where(exposure => WaitsForGateway(pass, exposure) && !SharedPort.IsUsedBy(exposure.Spec, pass.Spec))
                .Select(exposure => PlannedChange.Create(PlanText.PortOf(exposure.Spec), "It is opened when the gateway exists.", null)),
            .. Deletions(pass, objects, recorder)
                .Concat(removals.Objects.Select(one => one.Change))
                .DistinctBy(change => change.Target)
                .Select(change => PlanText.Of(change, objects.Ours.GetValueOrDefault(change.Target))),
            .. refused.Select(exposure =>
                PlannedChange.None(
                    $"{pass.Id.Path}/exposures/{exposure.Key}",
                    $"{exposure.Value.Message} The exposure would not become ready."
                )
            ),
        ];
        return (objects, changes);
    }

    /// <summary>
    /// The deletions of this pass, and those of the next one: routes of a previous strategy go when its ports are closed.
    /// </summary>
    private static IEnumerable<Change> Deletions(ExposurePass pass, ClusterObjects objects, PlanRecorder recorder)
    {
        var now = recorder.Objects.Select(one => one.Change).Where(change => change.Action == ChangeAction.Delete);
        var isOpen = pass.Wanted.All(exposure => pass.IsOpened(exposure.Name));
        if (!isOpen)
        {
            return now;
        }

        var closed = Enum.GetValues<Strategy>()
            .Where(strategy => strategy != pass.Spec.Strategy)
            .Aggregate(pass.ClusterStatus, (status, strategy) => status.Unmaking(PreviousStrategy.Mark(strategy)));
        var next = RoutePlan.Of(new RouteWork(pass.Spec, closed, objects, pass.Wanted, new HashSet<string>(), pass.WantedNames));
        return now.Concat(next.Changes.Where(change => change.Action == ChangeAction.Delete)).DistinctBy(change => change.Target);
    }

    private static SortedDictionary<string, Observation> Refused(ExposurePass pass)
    {
        var refused = new SortedDictionary<string, Observation>(StringComparer.Ordinal);
        foreach (var exposure in pass.Wanted.Where(exposure => !WaitsForGateway(pass, exposure)))
        {
            foreach (var condition in new[] { ConditionTypes.RouteProgrammed, ConditionTypes.PortOpen })
            {
                if (
                    pass.ResultOf(exposure.Name, condition) is
                    { Wait: false, Observation: { Status: not ConditionStatus.True } observation }
                )
                {
                    refused.TryAdd(exposure.Name, observation);
                }
            }

            if (
                pass.Spec is { Connection.IsAks: true, Strategy: not Strategy.GatewayApi }
                && !pass.Spec.Mesh.Gateways.Contains(exposure.Spec.Gateway)
            )
            {
                refused.TryAdd(
                    exposure.Name,
                    Observation.False(
                        Reasons.GatewayMissing,
                        $"The spec has no {exposure.Spec.Gateway.Text()} gateway. Add it to mesh.gateways."
                    )
                );
            }
        }

        return refused;
    }

    /// <summary>Whether the spec has the gateway, and the change of the cluster creates it.</summary>
    private static bool WaitsForGateway(ExposurePass pass, NamedExposure exposure) =>
        pass.Ports.GetValueOrDefault(exposure.Name) is { Result.Observation.Reason: Reasons.GatewayMissing }
        && pass.Spec.Mesh.Gateways.Contains(exposure.Spec.Gateway);

    private static IReadOnlyList<PlannedChange> TellFirewall(ExposurePass pass, PlanRecorder recorder) =>
        recorder.Firewall is var (observed, plan)
            ? PlanText.Of(observed, plan, pass.Wanted.Where(exposure => exposure.Address is null))
            : [];

    private async Task<ExposurePass> LetGoAsync(ClusterId cluster, Resource<ClusterSpec> owner, CancellationToken cancellationToken) =>
        new(cluster, owner, [], [.. (await exposures.ListAsync(cluster, cancellationToken)).Select(NamedExposure.Of)], isLast: true)
        {
            LetsGo = true,
        };

    /// <returns>What Services ask for, and the same for people.</returns>
    private async Task<(DiscoveryPreview Preview, IReadOnlyList<PlannedChange> Told)> DiscoverAsync(
        ClusterId cluster,
        ClusterSpec spec,
        IReadOnlyList<Resource<ExposureSpec>> all,
        CancellationToken cancellationToken
    )
    {
        var found = DiscoveryPreview.None;
        var result = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            cluster,
            spec.Connection,
            async api =>
            {
                found = await discovery.PreviewAsync(api, cluster, spec, all, cancellationToken);
                return found.Unknown is { } unknown ? StepResult.Done(unknown) : Seen;
            },
            cancellationToken
        );
        return (
            found,
            result == Seen
                ? found.Tell(cluster)
                : [PlannedChange.Unknown(cluster.Path, $"The requests of Services are not known: {result.Observation.Message}")]
        );
    }
}
