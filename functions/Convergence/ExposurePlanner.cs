using System.Text.Json.Nodes;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Firewall;
using MeshPort.Kubernetes;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>What a convergence would do for one exposure: the same lists are read, and the same pure plans made of them. Writes nothing.</summary>
internal sealed class ExposurePlanner(
    ArmClient arm,
    ClusterConnections connections,
    ClusterStore clusters,
    ExposureStore exposures,
    Installation installation,
    FirewallPlanner firewall,
    IEnumerable<IPortStrategy> strategies
)
{
    internal static readonly StepResult Seen = StepResult.Done(Observation.True(Reasons.AsDesired, ""));

    /// <param name="spec">Null plans its removal.</param>
    /// <returns>Whether the cluster could be looked at, and what would be done; of a removal, what is opened last first.</returns>
    public async Task<(StepResult Observation, IReadOnlyList<PlannedChange> Changes)> PlanAsync(
        ClusterId cluster,
        string name,
        ExposureSpec? spec,
        CancellationToken cancellationToken
    )
    {
        if (await clusters.GetAsync(cluster, cancellationToken) is not { } owner)
        {
            return (Seen, []);
        }

        var known = (await exposures.ListAsync(cluster, cancellationToken)).ToList();
        var rehearsal = DryRun.Of(owner, name, spec, known);
        var changes = new List<PlannedChange>();
        var exists = false;
        var observation = await ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                exists =
                    !owner.Spec.Connection.IsAks
                    || ManagedClusterBody.HasApiServer(await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken));
                return Seen;
            },
            cancellationToken
        );
        var strategy = strategies.Single(strategy => strategy.Kind == owner.Spec.Strategy);
        var address = rehearsal.Wanted?.Address;
        if (observation.Observation.Status == ConditionStatus.True && !exists)
        {
            changes.AddRange(
                rehearsal
                    .Mine.SelectMany(DesiredObjects.Workload)
                    .Concat(DesiredRoutes.Of(rehearsal.Mine, owner.Spec, strategy))
                    .Select(one => PlannedChange.Create(one.Target.ToString(), "It does not exist.", one.Body))
            );
            changes.AddRange(
                rehearsal.Mine.Select(exposure =>
                    PlannedChange.Create(DryRun.PortOf(exposure.Spec), "The cluster does not exist yet.", null)
                )
            );
        }
        else if (observation.Observation.Status == ConditionStatus.True)
        {
            observation = await KubernetesErrors.ClassifyErrorsAsync(
                connections,
                cluster,
                owner.Spec.Connection,
                async api =>
                {
                    address = await ObserveAsync(api, rehearsal, strategy, changes, cancellationToken);
                    return Seen;
                },
                cancellationToken
            );
        }

        if (observation.Observation.Status == ConditionStatus.True)
        {
            observation = await ArmErrors.ClassifyErrorsAsync(
                async () =>
                {
                    changes.AddRange(
                        await firewall.PlanAsync(
                            cluster,
                            owner.Spec,
                            EnsureNetworkOpen.IsOnlyGuard(owner.Spec, owner.Status),
                            rehearsal.At(address),
                            cancellationToken
                        )
                    );
                    return Seen;
                },
                cancellationToken
            );
        }

        return (observation, spec is null ? [.. Enumerable.Reverse(changes)] : changes);
    }

    /// <returns>The address at which the exposure would be open; null where there is none yet.</returns>
    private async Task<string?> ObserveAsync(
        KubernetesApi api,
        DryRun rehearsal,
        IPortStrategy strategy,
        List<PlannedChange> changes,
        CancellationToken cancellationToken
    )
    {
        var spec = rehearsal.Owner.Spec;
        var workloads = rehearsal.All.SelectMany(DesiredObjects.Workload).ToList();
        changes.AddRange(
            rehearsal.Changes(
                workloads,
                await ReadAsync(api, rehearsal, [ObjectKind.Deployment, ObjectKind.Service], workloads, cancellationToken),
                null
            )
        );

        var routes = await DesiredRoutes.FindAsync(api, spec, strategy, rehearsal.All, rehearsal.All, rehearsal.Mine, cancellationToken);
        var obstacle = routes.Obstacles.GetValueOrDefault(rehearsal.Name);
        IReadOnlyList<DesiredObject> desired =
        [
            .. await PreviousStrategyRoutes.GuardsAsync(api, spec, rehearsal.Owner.Status, rehearsal.All, cancellationToken),
            .. routes.Desired,
        ];
        var observed = await ReadAsync(api, rehearsal, ProgramRoutes.Family, desired, cancellationToken);
        PreviousStrategyRoutes.Keep(observed, rehearsal.All, rehearsal.Owner.Status, spec.Strategy);
        changes.AddRange(rehearsal.Changes(desired, observed, obstacle));

        var active = rehearsal
            .All.Where(exposure =>
                !routes.Obstacles.ContainsKey(exposure.Name) && ExposurePass.FirstObstacle(exposure.Status, ConditionTypes.PortOpen) is null
            )
            .ToList();
        var work = new PortWork(
            api,
            spec,
            await installation.NameAsync(cancellationToken),
            active,
            [.. rehearsal.All.Except(active)],
            IsFirst: false
        );
        var objects = await strategy.PlanAsync(work, cancellationToken);
        changes.AddRange(rehearsal.Ports(objects));
        return objects.Select(one => one.Outcomes.GetValueOrDefault(rehearsal.Name)?.Address).FirstOrDefault(address => address is not null)
            ?? rehearsal.Wanted?.Address;
    }

    private static Task<Dictionary<ObjectRef, JsonObject>> ReadAsync(
        KubernetesApi api,
        DryRun rehearsal,
        IReadOnlyList<ObjectKind> family,
        IReadOnlyList<DesiredObject> desired,
        CancellationToken cancellationToken
    ) => ObservedObjects.ReadAsync(api, ObservedObjects.InUse(rehearsal.Owner.Status, family, desired), cancellationToken);
}
