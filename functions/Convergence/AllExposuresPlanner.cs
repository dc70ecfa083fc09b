using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>What would become of all exposures of a cluster: under another spec of the cluster, or when it is let go. Writes nothing.</summary>
internal sealed class AllExposuresPlanner(
    ClusterConnections connections,
    ClusterStore clusters,
    ExposureStore exposures,
    Installation installation,
    IEnumerable<IPortStrategy> strategies
)
{
    /// <param name="hasApiServer">Whether there is a cluster to look at.</param>
    /// <returns>Only what would change, in the order of the convergence, the exposures with the addresses at which they would be open, and whether some may stay open in the add-on's way though another is asked for.</returns>
    public async Task<(IReadOnlyList<PlannedChange> Changes, IReadOnlyList<NamedExposure> Exposures, bool Stay)> PlanAsync(
        ClusterId cluster,
        ClusterSpec spec,
        bool hasApiServer,
        CancellationToken cancellationToken
    )
    {
        var owner = await clusters.GetAsync(cluster, cancellationToken);
        IReadOnlyList<NamedExposure> all =
        [
            .. (await exposures.ListAsync(cluster, cancellationToken))
                .Where(exposure => exposure.Metadata.DeletedAt is null)
                .Select(NamedExposure.Of),
        ];
        if (owner is null || all.Count == 0)
        {
            return ([], all, false);
        }

        var target = $"{cluster.Path}/exposures";
        if (!hasApiServer)
        {
            return ([PlannedChange.None(target, "They are opened when the cluster is there.")], all, false);
        }

        var changes = new List<PlannedChange>();
        var stay = false;
        var observation = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            cluster,
            owner.Spec.Connection,
            async api =>
            {
                (all, stay) = await ObserveAsync(api, owner with { Spec = spec }, all, changes, cancellationToken);
                return ExposurePlanner.Seen;
            },
            cancellationToken
        );
        IReadOnlyList<PlannedChange> told =
            observation.Observation.Status != ConditionStatus.True
                ? [PlannedChange.None(target, $"What would become of them cannot be told: {observation.Observation.Message}")]
            : changes.Count == 0 ? [PlannedChange.None(target, "Their workloads, routes and ports are as desired.")]
            : changes;
        return (told, all, stay);
    }

    /// <summary>What would be taken out of a cluster that stays when it is let go: ports, routes, workloads of all its exposures.</summary>
    /// <returns>Whether the cluster could be looked at, and what would be done.</returns>
    public async Task<(StepResult Observation, IReadOnlyList<PlannedChange> Changes)> PlanWithdrawalAsync(
        ClusterId cluster,
        Resource<ClusterSpec> owner,
        CancellationToken cancellationToken
    )
    {
        var names = (await exposures.ListAsync(cluster, cancellationToken))
            .Select(exposure => exposure.Metadata.Name)
            .ToHashSet(StringComparer.Ordinal);
        var changes = new List<PlannedChange>();
        var observation = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            cluster,
            owner.Spec.Connection,
            async api =>
            {
                var observed = await ObservedObjects.ReadAsync(
                    api,
                    ObservedObjects.InUse(owner.Status, [ObjectKind.Deployment, ObjectKind.Service, .. ProgramRoutes.Family], []),
                    cancellationToken
                );
                changes.AddRange(
                    ObjectPlan.Make([], observed, names).Select(change => PlannedChange.Delete(change.Target.ToString(), change.Why))
                );
                var nothing = new PortWork(api, owner.Spec, await installation.NameAsync(cancellationToken), [], [], IsFirst: false);
                foreach (var strategy in strategies.Where(strategy => owner.Status.Made.Contains(OpenPorts.Mark(strategy.Kind))))
                {
                    changes.AddRange(Told(await strategy.PlanAsync(nothing, cancellationToken)));
                }

                return ExposurePlanner.Seen;
            },
            cancellationToken
        );
        return (observation, [.. Enumerable.Reverse(changes)]);
    }

    /// <returns>The exposures with the addresses at which they would be open; those that get another have none yet.</returns>
    private async Task<(IReadOnlyList<NamedExposure> Exposures, bool Stay)> ObserveAsync(
        KubernetesApi api,
        Resource<ClusterSpec> owner,
        IReadOnlyList<NamedExposure> all,
        List<PlannedChange> changes,
        CancellationToken cancellationToken
    )
    {
        var spec = owner.Spec;
        if (
            spec is { Strategy: Strategy.GatewayApi, Connection.IsAks: true }
            && !(await api.ServedAsync(ObjectKind.ListenerGateway, cancellationToken)).Contains(ObjectKind.ListenerGateway.Plural)
        )
        {
            changes.Add(
                PlannedChange.None(
                    $"{owner.Metadata.Id}/exposures",
                    "The Gateway API comes with the change of the cluster; whether it serves them can be told only then."
                )
            );
            return (all, PreviousStrategyRoutes.NeedsGuards(owner.Status, spec.Strategy));
        }

        var strategy = strategies.Single(strategy => strategy.Kind == spec.Strategy);
        var (objects, obstacles) = await FindObjectsAsync(api, owner, strategy, all, cancellationToken);
        changes.AddRange(objects.Where(one => one.Change.Action != ChangeAction.Delete).Select(one => DryRun.Told(one.Change, one.Found)));

        var refused = new Dictionary<string, Observation>(obstacles, StringComparer.Ordinal);
        var active = all.Where(exposure =>
                !refused.ContainsKey(exposure.Name) && ExposurePass.FirstObstacle(exposure.Status, ConditionTypes.RouteProgrammed) is null
            )
            .ToList();
        var work = new PortWork(
            api,
            spec,
            await installation.NameAsync(cancellationToken),
            active,
            [.. all.Except(active)],
            IsFirst: false
        );
        var outcomes = await OpenAsync(strategy, work, refused, changes, cancellationToken);

        IReadOnlyList<NamedExposure> unopened =
        [
            .. all.Where(exposure => refused.ContainsKey(exposure.Name) || !active.Contains(exposure)),
        ];
        foreach (var other in strategies.Where(other => other != strategy && owner.Status.Made.Contains(OpenPorts.Mark(other.Kind))))
        {
            changes.AddRange(Told(await other.PlanAsync(work with { Active = [], Kept = unopened }, cancellationToken)));
        }

        var guardsStay = PreviousStrategyRoutes.NeedsGuards(owner.Status, spec.Strategy);
        changes.AddRange(
            objects
                .Where(one => one.Change.Action == ChangeAction.Delete && !Stays(one.Change, one.Found))
                .Select(one => DryRun.Told(one.Change, one.Found))
        );
        foreach (
            var exposure in all.Where(exposure =>
                spec is { Connection.IsAks: true, Strategy: not Strategy.GatewayApi } && !spec.Mesh.Gateways.Contains(exposure.Spec.Gateway)
            )
        )
        {
            refused.TryAdd(
                exposure.Name,
                Observation.False(
                    Reasons.GatewayMissing,
                    $"The spec has no {exposure.Spec.Gateway.ToString().ToLowerInvariant()} gateway; add it to mesh.gateways."
                )
            );
        }

        changes.AddRange(
            refused
                .OrderBy(exposure => exposure.Key, StringComparer.Ordinal)
                .Select(exposure =>
                    PlannedChange.None(
                        $"{owner.Metadata.Id}/exposures/{exposure.Key}",
                        $"{exposure.Value.Message} The exposure would not become ready."
                    )
                )
        );
        return (
            [
                .. all.Select(exposure =>
                    outcomes.TryGetValue(exposure.Name, out var outcome) && !refused.ContainsKey(exposure.Name)
                        ? exposure.At(outcome.Address)
                        : exposure
                ),
            ],
            guardsStay && unopened.Count > 0
        );

        bool Stays(Change change, JsonObject? found) =>
            (unopened.Count > 0 && PreviousStrategyRoutes.Kinds(owner.Status, spec.Strategy).Contains(change.Target.Kind))
            || (
                guardsStay
                && DesiredRoutes.Guards(change.Target)
                && found is not null
                && unopened.Any(exposure => exposure.Name == ObjectPlan.Owner(found))
            );
    }

    /// <returns>What would be written and deleted of workloads and routes, with what there is of it, and what is in the way of which exposure.</returns>
    private static async Task<(
        IReadOnlyList<(Change Change, JsonObject? Found)> Objects,
        IReadOnlyDictionary<string, Observation> Obstacles
    )> FindObjectsAsync(
        KubernetesApi api,
        Resource<ClusterSpec> owner,
        IPortStrategy strategy,
        IReadOnlyList<NamedExposure> all,
        CancellationToken cancellationToken
    )
    {
        var names = all.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        var workloads = all.SelectMany(DesiredObjects.Workload).ToList();
        var deployed = await ReadAsync(api, owner, [ObjectKind.Deployment, ObjectKind.Service], workloads, cancellationToken);
        var routes = await DesiredRoutes.FindAsync(api, owner.Spec, strategy, all, all, all, cancellationToken);
        var observed = await ReadAsync(api, owner, ProgramRoutes.Family, routes.Desired, cancellationToken);
        var changes = ObjectPlan
            .Make(workloads, deployed, names)
            .Concat(DesiredRoutes.Possible(ObjectPlan.Make(routes.Desired, observed, names), observed, routes.Obstacles.ContainsKey));
        return (
            [.. changes.Select(change => (change, observed.GetValueOrDefault(change.Target) ?? deployed.GetValueOrDefault(change.Target)))],
            routes.Obstacles
        );
    }

    /// <summary>Tells what opening the ports would write, and notes who is refused.</summary>
    private static async Task<Dictionary<string, PortOutcome>> OpenAsync(
        IPortStrategy strategy,
        PortWork work,
        Dictionary<string, Observation> refused,
        List<PlannedChange> changes,
        CancellationToken cancellationToken
    )
    {
        var ports = await strategy.PlanAsync(work, cancellationToken);
        changes.AddRange(Told(ports));
        var outcomes = ports.SelectMany(one => one.Outcomes).ToDictionary(StringComparer.Ordinal);
        foreach (var exposure in work.Active.Where(exposure => outcomes[exposure.Name] is { Address: null, Report.Wait: false }))
        {
            if (
                outcomes[exposure.Name].Report.Observation is { Reason: Reasons.GatewayMissing }
                && work.Spec.Mesh.Gateways.Contains(exposure.Spec.Gateway)
            )
            {
                changes.Add(PlannedChange.Create(DryRun.PortOf(exposure.Spec), "It is opened when the gateway is there.", null));
            }
            else
            {
                refused[exposure.Name] = outcomes[exposure.Name].Report.Observation;
            }
        }

        return outcomes;
    }

    private static IEnumerable<PlannedChange> Told(IReadOnlyList<PortObject> ports) =>
        ports.Where(one => one.Action is not null).Select(DryRun.Told);

    private static Task<Dictionary<ObjectRef, JsonObject>> ReadAsync(
        KubernetesApi api,
        Resource<ClusterSpec> owner,
        IReadOnlyList<ObjectKind> family,
        IReadOnlyList<DesiredObject> desired,
        CancellationToken cancellationToken
    ) => ObservedObjects.ReadAsync(api, ObservedObjects.InUse(owner.Status, family, desired), cancellationToken);
}
