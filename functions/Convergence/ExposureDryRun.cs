using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;
using MeshPort.State;
using MeshPort.Workloads;

namespace MeshPort.Convergence;

/// <summary>The dry run of exposures: a pass in which they are put or removed, and whose writes are only recorded.</summary>
internal sealed class ExposureDryRun(
    ArmClient arm,
    ClusterConnections connections,
    ClusterStore clusters,
    ExposureStore exposures,
    ExposureSteps steps
)
{
    internal static readonly StepResult Seen = StepResult.Done(Observation.True(Reasons.AsDesired, ""));

    /// <returns>Whether the cluster could be observed, and the changes in the order in which a convergence makes them.</returns>
    public async Task<(StepResult Observation, IReadOnlyList<PlannedChange> Changes)> PlanAsync(
        ClusterId cluster,
        IReadOnlyList<ExposureChange> changes,
        CancellationToken cancellationToken
    )
    {
        if (await clusters.GetAsync(cluster, cancellationToken) is not { } owner)
        {
            return (Seen, []);
        }

        var plan = ExposuresPlan.Of(cluster, owner, changes, await exposures.ListAsync(cluster, cancellationToken));
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

        var (puts, removals) = (new PlanRecorder(), new PlanRecorder());
        var objects = ClusterObjects.None;
        observation = await KubernetesErrors.ClassifyErrorsAsync(
            connections,
            cluster,
            owner.Spec.Connection,
            async api =>
            {
                objects = await steps.ObserveAsync(api, plan.Pass, cancellationToken);
                if (plan.Wanted.Count > 0)
                {
                    await steps.ReachAsync(plan.Pass, objects, puts, _ => { }, cancellationToken);
                    await steps.OpenFirewallAsync(plan.Pass, objects, puts, cancellationToken);
                }

                if (plan.Removed.Count > 0)
                {
                    await steps.RemoveAsync(plan.Pass, objects, removals, _ => { }, cancellationToken);
                }

                return Seen;
            },
            cancellationToken
        );
        return (observation, plan.Tell(puts, removals, objects));
    }
}

/// <summary>A pass in which exposures are put or removed, and what its recorded changes mean for them. Pure.</summary>
/// <param name="Before">The exposures that change, as they are stored.</param>
/// <param name="Wanted">The exposures that are put.</param>
/// <param name="Removed">The names of the exposures that are removed.</param>
internal sealed record ExposuresPlan(
    ExposurePass Pass,
    IReadOnlyList<NamedExposure> Before,
    IReadOnlyList<NamedExposure> Wanted,
    IReadOnlySet<string> Removed
)
{
    private readonly HashSet<string> _names = [.. Wanted.Select(exposure => exposure.Name), .. Removed];

    /// <summary>The objects that serve several exposures, for which the changed ones are or were among them.</summary>
    private readonly HashSet<ObjectRef> _shared =
    [
        .. Wanted.Concat(Before).SelectMany(exposure => KeyVaultObjects.Targets(exposure.Spec, Pass.Spec)),
        .. Wanted
            .Concat(Before)
            .SelectMany(exposure => exposure.Spec.Backends)
            .Select(backend => new ObjectRef(ObjectKind.DestinationRule, backend.Namespace, ObjectNames.Of(backend.Service))),
    ];

    public static ExposuresPlan Of(
        ClusterId cluster,
        Resource<ClusterSpec> owner,
        IReadOnlyList<ExposureChange> changes,
        IReadOnlyList<Resource<ExposureSpec>> known
    )
    {
        var names = changes.Select(change => change.Name).ToHashSet(StringComparer.Ordinal);
        var before = known
            .Where(exposure => names.Contains(exposure.Metadata.Name))
            .Select(NamedExposure.Of)
            .ToDictionary(exposure => exposure.Name, StringComparer.Ordinal);
        List<NamedExposure> wanted =
        [
            .. changes
                .Where(change => change.Spec is not null)
                .Select(change => Put(before.GetValueOrDefault(change.Name), change.Name, change.Spec!)), // just checked
        ];
        var removed = changes.Where(change => change.Spec is null).Select(change => change.Name).ToHashSet(StringComparer.Ordinal);
        var others = known
            .Where(other => !names.Contains(other.Metadata.Name) && other.Metadata.DeletedAt is null)
            .Select(NamedExposure.Of)
            .ToList();
        var pass = new ExposurePass(
            cluster,
            owner,
            [.. others, .. wanted],
            [.. before.Values.Where(exposure => removed.Contains(exposure.Name))],
            isLast: false,
            assumed: names,
            held: others
                .Where(other => !other.WasTrue(ConditionTypes.PortOpen))
                .Select(other => other.Name)
                .ToHashSet(StringComparer.Ordinal)
        );
        return new ExposuresPlan(pass, [.. before.Values], wanted, removed);
    }

    /// <summary>The changes where the cluster does not exist yet.</summary>
    public IReadOnlyList<PlannedChange> WithoutCluster() =>
        [
            .. Wanted
                .SelectMany(Objects)
                .DistinctBy(one => one.Target)
                .Select(one => PlannedChange.Create(one.Target.ToString(), "It does not exist.", one.Body)),
            .. Wanted
                .Where(exposure => !SharedPort.IsUsedBy(exposure.Spec, Pass.Spec)) // the gateway brings it
                .Select(exposure => PlannedChange.Create(PlanText.PortOf(exposure.Spec), "The cluster does not exist yet.", null)),
        ];

    /// <param name="puts">The changes for the exposures that are put. They also close the ports of those that are removed.</param>
    /// <param name="removals">The changes for the exposures that are removed.</param>
    public IReadOnlyList<PlannedChange> Tell(PlanRecorder puts, PlanRecorder removals, ClusterObjects objects)
    {
        var told = puts.Ports.Select(one => one.Target).ToHashSet();
        List<PortObject> ports = [.. puts.Ports, .. removals.Ports.Where(one => !told.Contains(one.Target))];
        IEnumerable<PlannedChange> changes =
            Wanted.Count > 0
                ? [.. TellObjects(puts), .. TellReleases(puts), .. TellUnchanged(puts, objects), .. TellPorts(ports), .. TellFirewall(puts)]
                : [.. TellFirewall(removals), .. TellPorts(ports)];
        return [.. changes, .. TellObjects(removals)];
    }

    private static NamedExposure Put(NamedExposure? before, string name, ExposureSpec spec) =>
        before is not null && MeshPortJson.IsSame(before.Spec, spec)
            ? before
            : new NamedExposure(name, 0, spec) { Status = new ResourceStatus { Addresses = AddressesOf(before, spec) } };

    private static IReadOnlyList<GatewayAddress> AddressesOf(NamedExposure? before, ExposureSpec spec) =>
        before is not null && before.Spec.Gateway == spec.Gateway ? before.Status.Addresses : [];

    private IEnumerable<DesiredObject> Objects(NamedExposure exposure) =>
        WorkloadObjects.Of(exposure, Pass.Spec).Concat(RouteObjects.Of([exposure], Pass.Spec));

    /// <summary>Their own objects, and those that serve several exposures, such as a DestinationRule.</summary>
    private IEnumerable<PlannedChange> TellObjects(PlanRecorder recorder) =>
        recorder
            .Objects.Where(one => (one.Change.Exposure is { } owner && _names.Contains(owner)) || _shared.Contains(one.Change.Target))
            .Select(one => PlanText.Of(one.Change, one.Observed));

    private IEnumerable<PlannedChange> TellReleases(PlanRecorder recorder) =>
        recorder.Releases.Where(release => release.Exposures.Any(_names.Contains)).Select(PlanText.Of);

    /// <summary>Their obstacles, or their objects that stay as they are.</summary>
    private IEnumerable<PlannedChange> TellUnchanged(PlanRecorder recorder, ClusterObjects objects)
    {
        var told = recorder.Objects.Select(one => one.Change.Target).ToHashSet();
        foreach (var exposure in Wanted)
        {
            if (
                Pass.ResultOf(exposure.Name, ConditionTypes.RouteProgrammed) is
                { Wait: false, Observation: { Status: not ConditionStatus.True } obstacle }
            )
            {
                yield return PlannedChange.None(PathOf(exposure.Name), $"{obstacle.Message} The exposure would not become ready.");
                continue;
            }

            var certificate = KeyVaultObjects.Of([exposure], Pass.Spec, objects.SecretsProvider);
            foreach (
                var one in certificate.Concat(Objects(exposure)).Where(one => objects.Ours.ContainsKey(one.Target) && told.Add(one.Target))
            )
            {
                yield return PlanText.Unchanged(one.Target, objects.Ours[one.Target]);
            }
        }
    }

    /// <summary>The objects that hold their ports, and others where they change.</summary>
    private IEnumerable<PlannedChange> TellPorts(IReadOnlyList<PortObject> ports)
    {
        var mine = ports.Where(one => one.Action is not null || one.Outcomes.Keys.Any(_names.Contains)).ToList();
        if (mine.Count == 0)
        {
            return
            [
                .. Wanted.Select(exposure =>
                    PlannedChange.None(PlanText.PortOf(exposure.Spec), "An earlier step fails, so it stays as it is.")
                ),
                .. Before
                    .Where(exposure => Removed.Contains(exposure.Name))
                    .Select(exposure =>
                        PlannedChange.None(PlanText.PortOf(exposure.Spec), "It is not open, and nothing is written for it.")
                    ),
            ];
        }

        return mine.SelectMany(TellPort);
    }

    private IEnumerable<PlannedChange> TellPort(PortObject one)
    {
        var outcomes = one.Outcomes.Where(outcome => _names.Contains(outcome.Key)).Select(outcome => outcome.Value).ToList();
        var refusals = outcomes
            .Where(outcome => outcome is { Address: null, Result.Wait: false })
            .Select(outcome => outcome.Result.Observation.Message)
            .Distinct()
            .Select(refusal => PlannedChange.None(one.Target.ToString(), $"{refusal} It stays, and the exposure would not become ready."))
            .ToList();
        var isRefused = outcomes.Count > 0 && outcomes.TrueForAll(outcome => outcome is { Address: null, Result.Wait: false });
        return isRefused && Removed.Count == 0 && one.Action is null ? refusals : refusals.Append(PlanText.Of(one));
    }

    private IReadOnlyList<PlannedChange> TellFirewall(PlanRecorder recorder) =>
        [
            .. recorder.Firewall is var (observed, plan)
                ? PlanText.Of(observed, plan, Pass.Wanted.Where(exposure => exposure.Address is null))
                : [],
            .. Wanted.SelectMany(exposure =>
                Pass.ResultOf(exposure.Name, ConditionTypes.NetworkOpen)
                    is { Observation: { Reason: Reasons.ServiceRestricted } restriction }
                    ? [PlannedChange.None(PathOf(exposure.Name), $"{restriction.Message} The exposure would not become ready.")]
                    : Array.Empty<PlannedChange>()
            ),
        ];

    private string PathOf(string name) => $"{Pass.Id.Path}/exposures/{name}";
}
