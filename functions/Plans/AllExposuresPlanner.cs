using System.Text.Json.Nodes;
using MeshPort.Clusters;
using MeshPort.Exposures;
using MeshPort.Exposures.Strategies;
using MeshPort.Kubernetes;
using MeshPort.State;

namespace MeshPort.Plans;

/// <summary>What would become of all exposures of a cluster: under another spec of the cluster, or when it is let go. Writes nothing.</summary>
internal sealed class AllExposuresPlanner(ClusterConnections connections, DesiredClusters clusters, DesiredExposures exposures, Installation installation, IEnumerable<IPortStrategy> strategies)
{
    /// <param name="hasApiServer">Whether there is a cluster to look at.</param>
    /// <returns>Only what would change, in the order of the convergence, the exposures with the addresses at which they would be open, and whether some may stay open in the add-on's way though another is asked for.</returns>
    public async Task<(IReadOnlyList<PlannedChange> Changes, IReadOnlyList<NamedExposure> Exposures, bool Stay)> PlanAsync(ClusterId cluster, ClusterSpec spec, bool hasApiServer, CancellationToken cancellationToken)
    {
        var owner = await clusters.GetAsync(cluster, cancellationToken);
        IReadOnlyList<NamedExposure> all = [.. (await exposures.ListAsync(cluster, cancellationToken)).Where(exposure => exposure.Metadata.DeletedAt is null).Select(NamedExposure.Of)];
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
        var stay = true;
        var observation = await KubernetesFaults.GuardAsync(
            connections,
            cluster,
            async api =>
            {
                (all, stay) = await ObserveAsync(api, owner with { Spec = spec }, all, changes, cancellationToken);
                return ExposurePlanner.Seen;
            },
            cancellationToken);
        return observation.Verdict.Status != ConditionStatus.True ? ([PlannedChange.None(target, $"What would become of them cannot be told: {observation.Verdict.Message}")], all, false)
            : changes.Count == 0 ? ([PlannedChange.None(target, "Their workloads, routes and ports are as desired.")], all, stay)
            : (changes, all, stay);
    }

    /// <summary>What would be taken out of a cluster that stays when it is let go: ports, routes, workloads of all its exposures.</summary>
    /// <returns>Whether the cluster could be looked at, and what would be done.</returns>
    public async Task<(StationReport Observation, IReadOnlyList<PlannedChange> Changes)> PlanWithdrawalAsync(ClusterId cluster, Resource<ClusterSpec> owner, CancellationToken cancellationToken)
    {
        var names = (await exposures.ListAsync(cluster, cancellationToken)).Select(exposure => exposure.Metadata.Name).ToHashSet(StringComparer.Ordinal);
        var changes = new List<PlannedChange>();
        var observation = await KubernetesFaults.GuardAsync(
            connections,
            cluster,
            async api =>
            {
                var observed = await ObservedObjects.ReadAsync(api, ObservedObjects.InUse(owner.Status, [ObjectKind.Deployment, ObjectKind.Service, .. ProgramRoutes.Family], []), cancellationToken);
                changes.AddRange(RoutePlan.Make([], observed, names).Select(change => PlannedChange.Delete(change.Target.ToString(), change.Why)));
                var nothing = new PortWork(api, owner.Spec, await installation.NameAsync(cancellationToken), [], [], IsFirst: false);
                foreach (var strategy in strategies.Where(strategy => owner.Status.Made.Contains(OpenPorts.Mark(strategy.Kind))))
                {
                    changes.AddRange((await strategy.PlanAsync(nothing, cancellationToken)).Where(one => one.Action is not null).Select(Rehearsal.Told));
                }

                return ExposurePlanner.Seen;
            },
            cancellationToken);
        return (observation, [.. Enumerable.Reverse(changes)]);
    }

    /// <returns>The exposures with the addresses at which they would be open; those that get another have none yet.</returns>
    private async Task<(IReadOnlyList<NamedExposure> Exposures, bool Stay)> ObserveAsync(KubernetesApi api, Resource<ClusterSpec> owner, IReadOnlyList<NamedExposure> all, List<PlannedChange> changes, CancellationToken cancellationToken)
    {
        var spec = owner.Spec;
        if (spec is { Strategy: Strategy.GatewayApi, Connection.IsAks: true } && !(await api.ServedAsync(ObjectKind.ListenerGateway, cancellationToken)).Contains(ObjectKind.ListenerGateway.Plural))
        {
            changes.Add(PlannedChange.None($"{owner.Metadata.Id}/exposures", "The Gateway API comes with the change of the cluster; whether it serves them can be told only then."));
            return (all, LeftRoutes.NeedsGuards(owner.Status, spec.Strategy));
        }

        var strategy = strategies.Single(strategy => strategy.Kind == spec.Strategy);
        var names = all.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        var workloads = all.SelectMany(DesiredObjects.Workload).ToList();
        var routes = await RoutesWanted.FindAsync(api, spec, strategy, all, all, all, cancellationToken);
        var observed = await ReadAsync(api, owner, ProgramRoutes.Family, routes.Desired, cancellationToken);
        var objects = RoutePlan.Make(workloads, await ReadAsync(api, owner, [ObjectKind.Deployment, ObjectKind.Service], workloads, cancellationToken), names)
            .Concat(RoutePlan.Make(routes.Desired, observed, names).Select(change => IsMade(change, routes.Obstacles) ? change : RoutePlan.HeldUp(change, observed)))
            .OfType<Change>()
            .ToLookup(change => change.Action == ChangeAction.Delete);

        changes.AddRange(objects[false].Select(change => change.Action == ChangeAction.Create
            ? PlannedChange.Create(change.Target.ToString(), change.Why, change.Body)
            : new PlannedChange(PlannedAction.Update, change.Target.ToString(), change.Why, [])));
        var refused = routes.Obstacles.ToDictionary(obstacle => obstacle.Key, obstacle => obstacle.Value, StringComparer.Ordinal);
        var active = all.Where(exposure => !refused.ContainsKey(exposure.Name) && ExposureRound.FirstObstacle(exposure.Status, ConditionTypes.RouteProgrammed) is null).ToList();
        var work = new PortWork(api, spec, await installation.NameAsync(cancellationToken), active, [.. all.Except(active)], IsFirst: false);
        var ports = await strategy.PlanAsync(work, cancellationToken);
        changes.AddRange(ports.Where(one => one.Action is not null).Select(Rehearsal.Told));

        var outcomes = ports.SelectMany(one => one.Outcomes).ToDictionary(StringComparer.Ordinal);
        var comes = active.Where(exposure => outcomes[exposure.Name].Report.Verdict.Reason == Reasons.GatewayMissing && spec.Mesh.Gateways.Contains(exposure.Spec.Gateway)).ToList();
        changes.AddRange(comes.Select(exposure => PlannedChange.Create(Rehearsal.PortOf(exposure.Spec), "It is opened when the gateway is there.", null)));
        foreach (var exposure in active.Except(comes).Where(exposure => outcomes[exposure.Name] is { Address: null, Report.Wait: false }))
        {
            refused[exposure.Name] = outcomes[exposure.Name].Report.Verdict;
        }

        var closed = work with { Active = [], Kept = [.. all.Where(exposure => refused.ContainsKey(exposure.Name) || !active.Contains(exposure))] };
        foreach (var other in strategies.Where(other => other != strategy && owner.Status.Made.Contains(OpenPorts.Mark(other.Kind))))
        {
            changes.AddRange((await other.PlanAsync(closed, cancellationToken)).Where(one => one.Action is not null).Select(Rehearsal.Told));
        }

        foreach (var exposure in all.Where(exposure => spec is { Connection.IsAks: true, Strategy: not Strategy.GatewayApi } && !spec.Mesh.Gateways.Contains(exposure.Spec.Gateway)))
        {
            refused.TryAdd(exposure.Name, Verdict.False(Reasons.GatewayMissing, $"The spec has no {exposure.Spec.Gateway.ToString().ToLowerInvariant()} gateway; add it to mesh.gateways."));
        }

        var staying = closed.Kept.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);
        var routesStay = staying.Count > 0 ? LeftRoutes.Kinds(owner.Status, spec.Strategy) : [];
        var guardsStay = LeftRoutes.NeedsGuards(owner.Status, spec.Strategy);
        changes.AddRange(objects[true].Where(change => !routesStay.Contains(change.Target.Kind) && !(guardsStay && RoutesWanted.Guards(change.Target) && staying.Contains(RoutePlan.Owner(observed[change.Target])))).Select(change => PlannedChange.Delete(change.Target.ToString(), change.Why)));
        changes.AddRange(refused.OrderBy(exposure => exposure.Key, StringComparer.Ordinal).Select(exposure => PlannedChange.None($"{owner.Metadata.Id}/exposures/{exposure.Key}", $"{exposure.Value.Message} The exposure would not become ready.")));
        return ([.. all.Select(exposure => outcomes.TryGetValue(exposure.Name, out var outcome) && !refused.ContainsKey(exposure.Name) ? exposure.At(outcome.Address) : exposure)], guardsStay && staying.Count > 0);
    }

    private static bool IsMade(Change change, IReadOnlyDictionary<string, Verdict> obstacles) =>
        change.Action == ChangeAction.Delete || RoutesWanted.Guards(change.Target) || !obstacles.ContainsKey(change.Exposure ?? "");

    private static Task<Dictionary<ObjectRef, JsonObject>> ReadAsync(KubernetesApi api, Resource<ClusterSpec> owner, IReadOnlyList<ObjectKind> family, IReadOnlyList<DesiredObject> desired, CancellationToken cancellationToken) =>
        ObservedObjects.ReadAsync(api, ObservedObjects.InUse(owner.Status, family, desired), cancellationToken);
}
