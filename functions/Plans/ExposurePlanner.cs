using System.Text.Json.Nodes;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Clusters;
using MeshPort.Exposures;
using MeshPort.Exposures.Strategies;
using MeshPort.Kubernetes;
using MeshPort.Mesh;
using MeshPort.State;

namespace MeshPort.Plans;

/// <summary>What a convergence would do for one exposure: the same lists are read, and the same pure plans made of them. Writes nothing.</summary>
internal sealed class ExposurePlanner(ArmClient arm, ClusterConnections connections, DesiredClusters clusters, DesiredExposures exposures, Installation installation, FirewallPlanner firewall, IEnumerable<IPortStrategy> strategies)
{
    internal static readonly StationReport Seen = StationReport.Done(Verdict.True(Reasons.AsDesired, ""));

    /// <param name="spec">Null plans its removal.</param>
    /// <returns>Whether the cluster could be looked at, and what would be done; of a removal, what is opened last first.</returns>
    public async Task<(StationReport Observation, IReadOnlyList<PlannedChange> Changes)> PlanAsync(ClusterId cluster, string name, ExposureSpec? spec, CancellationToken cancellationToken)
    {
        if (await clusters.GetAsync(cluster, cancellationToken) is not { } owner)
        {
            return (Seen, []);
        }

        var before = await exposures.GetAsync(cluster, name, cancellationToken);
        IReadOnlyList<NamedExposure> wanted = spec is null ? [] : [new NamedExposure(name, 0, spec)];
        var others = (await exposures.ListAsync(cluster, cancellationToken)).Where(other => other.Metadata.Name != name).ToList();
        var changes = new List<PlannedChange>();
        var exists = false;
        var observation = await ArmFaults.GuardAsync(
            async () =>
            {
                exists = !owner.Spec.Connection.IsAks || await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken) is { } managed && managed["properties"]?["provisioningState"]?.GetValue<string>() is not "Creating";
                return Seen;
            },
            cancellationToken);
        if (observation.Verdict.Status == ConditionStatus.True && !exists)
        {
            changes.AddRange(Objects(Desired(wanted, owner.Spec), [], [name]));
            changes.AddRange(wanted.Select(exposure => PlannedChange.Create(PortOf(exposure.Spec), "The cluster does not exist yet.", null)));
        }
        else if (observation.Verdict.Status == ConditionStatus.True)
        {
            observation = await ObserveAsync();
        }

        if (observation.Verdict.Status == ConditionStatus.True)
        {
            IReadOnlyList<NamedExposure> all = [.. others.Where(other => other.Metadata.DeletedAt is null).Select(NamedExposure.Of), .. wanted.Select(exposure => exposure with { Status = new ResourceStatus { Addresses = AddressesOf(exposure.Spec, owner, before, others) } })];
            observation = await ArmFaults.GuardAsync(
                async () =>
                {
                    changes.AddRange(await firewall.PlanAsync(cluster, owner.Spec.Network, all, cancellationToken));
                    return Seen;
                },
                cancellationToken);
        }

        return (observation, spec is null ? [.. Enumerable.Reverse(changes)] : changes);

        Task<StationReport> ObserveAsync() => KubernetesFaults.GuardAsync(
            connections,
            cluster,
            async api =>
            {
                var desired = Desired(wanted, owner.Spec);
                var kinds = ObservedObjects.InUse(owner.Status, [ObjectKind.Deployment, ObjectKind.Service, .. ProgramRoutes.Family], desired);
                changes.AddRange(Objects(desired, await ObservedObjects.ReadAsync(api, kinds, cancellationToken), [name]));
                if (owner.Spec.Strategy != Strategy.ManagedService)
                {
                    changes.Add(OwnPort(spec, before, owner.Spec.Strategy));
                    return Seen;
                }

                foreach (var gateway in new[] { spec?.Gateway, before?.Spec.Gateway }.OfType<GatewayKind>().Distinct())
                {
                    changes.AddRange(await PortsAsync(api, AddOn.Gateway(owner.Spec, gateway), [.. wanted.Where(exposure => exposure.Spec.Gateway == gateway)], [.. others.Where(other => other.Spec.Gateway == gateway)], cancellationToken));
                }

                return Seen;
            },
            cancellationToken);
    }

    /// <summary>What would be taken out of a cluster that stays when it is let go: ports, routes, workloads of all its exposures.</summary>
    /// <returns>Whether the cluster could be looked at, and what would be done.</returns>
    public async Task<(StationReport Observation, IReadOnlyList<PlannedChange> Changes)> PlanWithdrawalAsync(ClusterId cluster, Resource<ClusterSpec> owner, CancellationToken cancellationToken)
    {
        var known = await exposures.ListAsync(cluster, cancellationToken);
        var changes = new List<PlannedChange>();
        var observation = await KubernetesFaults.GuardAsync(
            connections,
            cluster,
            async api =>
            {
                var kinds = ObservedObjects.InUse(owner.Status, [ObjectKind.Deployment, ObjectKind.Service, .. ProgramRoutes.Family], []);
                changes.AddRange(Objects([], await ObservedObjects.ReadAsync(api, kinds, cancellationToken), known.Select(exposure => exposure.Metadata.Name)));
                if (owner.Spec.Strategy != Strategy.ManagedService)
                {
                    changes.AddRange(known.Select(exposure => OwnPort(null, exposure, owner.Spec.Strategy)));
                    return Seen;
                }

                foreach (var gateway in known.Select(exposure => exposure.Spec.Gateway).Distinct())
                {
                    changes.AddRange(await PortsAsync(api, AddOn.Gateway(owner.Spec, gateway), [], [], cancellationToken));
                }

                return Seen;
            },
            cancellationToken);
        return (observation, [.. Enumerable.Reverse(changes)]);
    }

    /// <summary>Where the port would be open: at the gateway's own address, or at that of the exposures with which it shares one.</summary>
    private static IReadOnlyList<GatewayAddress> AddressesOf(ExposureSpec spec, Resource<ClusterSpec> owner, Resource<ExposureSpec>? before, IReadOnlyList<Resource<ExposureSpec>> others) =>
        owner.Spec.Strategy == Strategy.ManagedService
            ? owner.Status.Addresses
            : others.Append(before).OfType<Resource<ExposureSpec>>().FirstOrDefault(other => PortGroup.Of(other.Spec) == PortGroup.Of(spec) && other.Status.Addresses.Count > 0)?.Status.Addresses ?? [];

    private IReadOnlyList<DesiredObject> Desired(IReadOnlyList<NamedExposure> wanted, ClusterSpec spec) =>
        [.. wanted.SelectMany(DesiredObjects.Workload), .. ProgramRoutes.Desired(wanted, spec, strategies.Single(strategy => strategy.Kind == spec.Strategy))];

    private static string PortOf(ExposureSpec spec) => $"Port {spec.Port} of the {spec.Gateway.ToString().ToLowerInvariant()} gateway";

    /// <summary>On a load balancer Service or a Gateway of MeshPort's own, which it looks after whole.</summary>
    private static PlannedChange OwnPort(ExposureSpec? spec, Resource<ExposureSpec>? before, Strategy strategy) => (spec, before) switch
    {
        (null, null) => PlannedChange.None("Port", "There is no such exposure."),
        (null, { Spec: var gone }) => PlannedChange.Delete(PortOf(gone), $"It is closed as {strategy} has opened it."),
        ({ } wanted, { Spec: var known, Status: var status }) when wanted.Port == known.Port && wanted.Gateway == known.Gateway && status.IsTrue(ConditionTypes.PortOpen) => PlannedChange.None(PortOf(wanted), "It is open."),
        ({ } wanted, _) => PlannedChange.Create(PortOf(wanted), $"It is not open; {strategy} opens it.", null),
    };

    /// <param name="names">Of the exposures that it is about.</param>
    private static IEnumerable<PlannedChange> Objects(IReadOnlyList<DesiredObject> desired, Dictionary<ObjectRef, JsonObject> observed, IEnumerable<string> names)
    {
        var changes = RoutePlan.Make(desired, observed, names.ToHashSet(StringComparer.Ordinal));
        var changed = changes.Select(change => change.Target).ToHashSet();
        return changes
            .Select(change => change.Action switch
            {
                ChangeAction.Create => PlannedChange.Create(change.Target.ToString(), change.Why, change.Body),
                ChangeAction.Update => PlannedChange.Update(change.Target.ToString(), change.Why, Difference.Part(observed[change.Target]["spec"], change.Body?["spec"]), change.Body?["spec"]),
                _ => PlannedChange.Delete(change.Target.ToString(), change.Why),
            })
            .Concat(desired.Where(one => !changed.Contains(one.Target)).Select(one => PlannedChange.None(one.Target.ToString(), "It is as desired.")));
    }

    private async Task<IReadOnlyList<PlannedChange>> PortsAsync(KubernetesApi api, GatewayService gateway, IReadOnlyList<NamedExposure> wanted, IReadOnlyList<Resource<ExposureSpec>> others, CancellationToken cancellationToken)
    {
        var target = new ObjectRef(ObjectKind.Service, gateway.Namespace, gateway.Service);
        if (await api.FindAsync(target, cancellationToken) is not { } service)
        {
            return [PlannedChange.None(target.ToString(), $"The cluster has no {target.Name} yet; the port is opened when it is there.")];
        }

        var mine = await installation.NameAsync(cancellationToken);
        if (ManagedServicePorts.OtherInstallation(service, mine) is { } other)
        {
            return [PlannedChange.None(target.ToString(), $"Installation {other} of MeshPort opens ports on it; it stays, and the exposure would not become ready.")];
        }

        var plan = ManagedServicePorts.Plan(service, target, mine, wanted, others.Select(other => other.Spec.Port).ToHashSet());
        return plan.Taken.Count > 0
            ? [.. plan.Taken.Values.Select(port => PlannedChange.None(target.ToString(), $"Port {port} belongs to somebody else; it stays, and the exposure would not become ready."))]
            : [plan.Apply is null ? PlannedChange.None(target.ToString(), "Its ports are as desired.") : PlannedChange.Update(target.ToString(), "MeshPort's ports of it differ.", Ports(service["spec"]), Ports(plan.Apply["spec"]))];
    }

    /// <summary>By number, so that one more is one difference.</summary>
    private static JsonObject Ports(JsonNode? spec) => new(
        (spec?["ports"] as JsonArray ?? []).OfType<JsonObject>().DistinctBy(port => port["port"]?.ToJsonString()).Select(port => KeyValuePair.Create(port["port"]?.ToJsonString() ?? "", (JsonNode?)port["targetPort"]?.DeepClone())));
}
