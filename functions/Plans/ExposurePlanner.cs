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
internal sealed class ExposurePlanner(ArmClient arm, ClusterConnections connections, DesiredExposures exposures)
{
    private static readonly StationReport Seen = StationReport.Done(Verdict.True(Reasons.AsDesired, ""));

    /// <param name="spec">Null plans its removal.</param>
    /// <returns>Whether the cluster could be looked at, and what would be done.</returns>
    public async Task<(StationReport Observation, IReadOnlyList<PlannedChange> Changes)> PlanAsync(ClusterId cluster, string name, ExposureSpec? spec, CancellationToken cancellationToken)
    {
        var before = await exposures.GetAsync(cluster, name, cancellationToken);
        IReadOnlyList<NamedExposure> wanted = spec is null ? [] : [new NamedExposure(name, 0, spec)];
        var others = (await exposures.ListAsync(cluster, cancellationToken)).Where(other => other.Metadata.Name != name).ToList();
        var changes = new List<PlannedChange>();
        var exists = false;
        var observation = await ArmFaults.GuardAsync(
            async () =>
            {
                exists = await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken) is { } managed && managed["properties"]?["provisioningState"]?.GetValue<string>() is not "Creating";
                return Seen;
            },
            cancellationToken);
        if (observation.Verdict.Status != ConditionStatus.True || !exists)
        {
            changes.AddRange(Objects(wanted, [], name));
            changes.AddRange(wanted.Select(exposure => PlannedChange.Create($"{AddOn.GatewayService(exposure.Spec.Gateway)} port {exposure.Spec.Port}", "The cluster does not exist yet.", null)));
            return (observation, changes);
        }

        observation = await KubernetesFaults.GuardAsync(
            connections,
            cluster,
            async api =>
            {
                var observed = await ObservedObjects.ReadAsync(api, [ObjectKind.Deployment, ObjectKind.Service, ObjectKind.Gateway, ObjectKind.VirtualService], cancellationToken);
                changes.AddRange(Objects(wanted, observed, name));
                foreach (var gateway in new[] { spec?.Gateway, before?.Spec.Gateway }.OfType<GatewayKind>().Distinct())
                {
                    changes.AddRange(await PortsAsync(api, gateway, wanted, others, cancellationToken));
                }

                return Seen;
            },
            cancellationToken);
        return (observation, changes);
    }

    private static IEnumerable<PlannedChange> Objects(IReadOnlyList<NamedExposure> wanted, Dictionary<ObjectRef, JsonObject> observed, string name)
    {
        var desired = wanted.SelectMany(DesiredObjects.Workload).Concat(wanted.SelectMany(DesiredObjects.Route)).ToList();
        var changes = RoutePlan.Make(desired, observed, new HashSet<string>(StringComparer.Ordinal) { name });
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

    private static async Task<IReadOnlyList<PlannedChange>> PortsAsync(KubernetesApi api, GatewayKind gateway, IReadOnlyList<NamedExposure> wanted, List<Resource<ExposureSpec>> others, CancellationToken cancellationToken)
    {
        var target = AddOn.GatewayService(gateway);
        if (await api.FindAsync(target, cancellationToken) is not { } service)
        {
            return [PlannedChange.None(target.ToString(), $"The cluster has no {target.Name} yet; the port is opened when it is there.")];
        }

        var here = wanted.Where(exposure => exposure.Spec.Gateway == gateway).ToList();
        var kept = others.Where(other => other.Spec.Gateway == gateway).Select(other => other.Spec.Port).ToHashSet();
        var plan = ManagedServicePorts.Plan(service, target, here, kept);
        return plan.Taken.Count > 0
            ? [.. plan.Taken.Values.Select(port => PlannedChange.None(target.ToString(), $"Port {port} belongs to somebody else; it stays, and the exposure would not become ready."))]
            : [plan.Apply is null ? PlannedChange.None(target.ToString(), "Its ports are as desired.") : PlannedChange.Update(target.ToString(), "MeshPort's ports of it differ.", Ports(service["spec"]), Ports(plan.Apply["spec"]))];
    }

    /// <summary>By number, so that one more is one difference.</summary>
    private static JsonObject Ports(JsonNode? spec) => new(
        (spec?["ports"] as JsonArray ?? []).OfType<JsonObject>().DistinctBy(port => port["port"]?.ToJsonString()).Select(port => KeyValuePair.Create(port["port"]?.ToJsonString() ?? "", (JsonNode?)port["targetPort"]?.DeepClone())));
}
