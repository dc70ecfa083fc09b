using System.Text.Json.Nodes;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using MeshPort.Routes;
using MeshPort.State;
using MeshPort.Workloads;

namespace MeshPort.Convergence;

/// <summary>The dry run of one exposure: a pass in which this exposure is put or removed, and whose writes are only recorded.</summary>
internal sealed class ExposureDryRun(
    ArmClient arm,
    ClusterConnections connections,
    ClusterStore clusters,
    ExposureStore exposures,
    ExposureSteps steps
)
{
    internal static readonly StepResult Seen = StepResult.Done(Observation.True(Reasons.AsDesired, ""));

    /// <param name="spec">Null for its removal.</param>
    /// <returns>Whether the cluster could be observed, and the changes in the order in which a convergence makes them.</returns>
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

        var plan = SingleExposurePlan.Of(cluster, owner, name, spec, await exposures.ListAsync(cluster, cancellationToken));
        var hasApiServer = true;
        var observation = await ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                hasApiServer =
                    !owner.Spec.Connection.IsAks
                    || ManagedClusterBody.HasApiServer(await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken));
                return Seen;
            },
            cancellationToken
        );
        if (observation.Observation.Status != ConditionStatus.True)
        {
            return (observation, []);
        }

        if (!hasApiServer)
        {
            return (Seen, plan.WithoutCluster());
        }

        var recorder = new PlanRecorder();
        var objects = ClusterObjects.None;
        observation = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            cluster,
            owner.Spec.Connection,
            async api =>
            {
                objects = await steps.ObserveAsync(api, plan.Pass, cancellationToken);
                if (spec is null)
                {
                    await steps.RemoveAsync(plan.Pass, objects, recorder, _ => { }, cancellationToken);
                    return Seen;
                }

                await steps.ReachAsync(plan.Pass, objects, recorder, _ => { }, cancellationToken);
                await steps.OpenFirewallAsync(plan.Pass, objects, recorder, cancellationToken);
                return Seen;
            },
            cancellationToken
        );
        return (observation, plan.Tell(recorder, objects));
    }
}

/// <summary>A pass in which one exposure is put or removed, and what its recorded changes mean for that exposure. Pure.</summary>
/// <param name="Before">The exposure as it is stored; null where it is not.</param>
/// <param name="Wanted">Null where its removal is planned.</param>
internal sealed record SingleExposurePlan(ExposurePass Pass, string Path, string Name, NamedExposure? Before, NamedExposure? Wanted)
{
    public static SingleExposurePlan Of(
        ClusterId cluster,
        Resource<ClusterSpec> owner,
        string name,
        ExposureSpec? spec,
        IReadOnlyList<Resource<ExposureSpec>> known
    )
    {
        var before = known.Where(exposure => exposure.Metadata.Name == name).Select(NamedExposure.Of).FirstOrDefault();
        var wanted =
            spec is null ? null
            : before is not null && MeshPortJson.IsSame(before.Spec, spec) ? before
            : new NamedExposure(name, 0, spec) { Status = new ResourceStatus { Addresses = AddressesOf(before, spec) } };
        var others = known.Where(other => other.Metadata.Name != name && other.Metadata.DeletedAt is null).Select(NamedExposure.Of);
        var pass = new ExposurePass(
            cluster,
            owner,
            wanted is null ? [.. others] : [.. others, wanted],
            wanted is null && before is not null ? [before] : [],
            isLast: false,
            assumed: new HashSet<string> { name },
            held: others
                .Where(other => !other.WasTrue(ConditionTypes.PortOpen))
                .Select(other => other.Name)
                .ToHashSet(StringComparer.Ordinal)
        );
        return new SingleExposurePlan(pass, $"{owner.Metadata.Id}/exposures/{name}", name, before, wanted);
    }

    /// <summary>The changes where the cluster does not exist yet.</summary>
    public IReadOnlyList<PlannedChange> WithoutCluster() =>
        Wanted is null
            ? []
            :
            [
                .. WorkloadObjects
                    .Of(Wanted)
                    .Concat(RouteObjects.Of([Wanted], Pass.Spec))
                    .Select(one => PlannedChange.Create(one.Target.ToString(), "It does not exist.", one.Body)),
                PlannedChange.Create(PlanText.PortOf(Wanted.Spec), "The cluster does not exist yet.", null),
            ];

    public IReadOnlyList<PlannedChange> Tell(PlanRecorder recorder, ClusterObjects objects)
    {
        IEnumerable<PlannedChange> changes = Wanted is null
            ? [.. TellFirewall(recorder), .. TellPorts(recorder), .. TellObjects(recorder)]
            : [.. TellObjects(recorder), .. TellUnchanged(recorder, objects), .. TellPorts(recorder), .. TellFirewall(recorder)];
        return [.. changes];
    }

    private static IReadOnlyList<GatewayAddress> AddressesOf(NamedExposure? before, ExposureSpec spec) =>
        before is not null && before.Spec.Gateway == spec.Gateway ? before.Status.Addresses : [];

    private IEnumerable<PlannedChange> TellObjects(PlanRecorder recorder) =>
        recorder.Objects.Where(one => IsMine(one.Change, one.Observed)).Select(one => PlanText.Of(one.Change, one.Observed));

    /// <summary>Its obstacle, or its objects that stay as they are.</summary>
    private IEnumerable<PlannedChange> TellUnchanged(PlanRecorder recorder, ClusterObjects objects)
    {
        if (Wanted is null)
        {
            return [];
        }

        if (
            Pass.ResultOf(Name, ConditionTypes.RouteProgrammed) is
            { Wait: false, Observation: { Status: not ConditionStatus.True } obstacle }
        )
        {
            return [PlannedChange.None(Path, $"{obstacle.Message} The exposure would not become ready.")];
        }

        var changed = recorder.Objects.Select(one => one.Change.Target).ToHashSet();
        return WorkloadObjects
            .Of(Wanted)
            .Concat(RouteObjects.Of([Wanted], Pass.Spec))
            .Where(one => !changed.Contains(one.Target) && objects.Ours.ContainsKey(one.Target))
            .Select(one => PlanText.Unchanged(one.Target, objects.Ours[one.Target]));
    }

    /// <summary>The objects that hold its port, and others where they change.</summary>
    private IEnumerable<PlannedChange> TellPorts(PlanRecorder recorder)
    {
        var mine = recorder.Ports.Where(one => one.Action is not null || one.Outcomes.ContainsKey(Name)).ToList();
        if (mine.Count == 0 && (Wanted ?? Before) is { } exposure)
        {
            yield return PlannedChange.None(PlanText.PortOf(exposure.Spec), "It is not open, and nothing is written for it.");
        }

        foreach (var one in mine)
        {
            yield return one.Outcomes.GetValueOrDefault(Name) is { Address: null, Result: { Wait: false, Observation: var refusal } }
                ? PlannedChange.None(one.Target.ToString(), $"{refusal.Message} It stays, and the exposure would not become ready.")
                : PlanText.Of(one);
        }
    }

    private IReadOnlyList<PlannedChange> TellFirewall(PlanRecorder recorder) =>
        [
            .. recorder.Firewall is var (observed, plan)
                ? PlanText.Of(observed, plan, Pass.Wanted.Where(exposure => exposure.Address is null))
                : [],
            .. Pass.ResultOf(Name, ConditionTypes.NetworkOpen) is { Observation: { Reason: Reasons.ServiceRestricted } restriction }
                ? [PlannedChange.None(Path, $"{restriction.Message} The exposure would not become ready.")]
                : Array.Empty<PlannedChange>(),
        ];

    /// <summary>Its own objects, and those that serve several exposures where it is or was among them, such as a DestinationRule.</summary>
    private bool IsMine(Change change, JsonObject? observed) =>
        change.Exposure == Name
        || (
            change.Target.Kind == ObjectKind.DestinationRule
            && new[] { Wanted, Before }
                .OfType<NamedExposure>()
                .SelectMany(exposure => exposure.Spec.Backends)
                .Any(backend =>
                    change.Target == new ObjectRef(ObjectKind.DestinationRule, backend.Namespace, ObjectNames.Of(backend.Service))
                )
        );
}
