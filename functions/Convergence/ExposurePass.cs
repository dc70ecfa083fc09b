using MeshPort.Arm;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;

namespace MeshPort.Convergence;

/// <summary>
/// One pass over all exposures of a cluster, in memory and pure: the steps report a result for each exposure, in the order of the
/// conditions. A condition that is not reached blocks the later ones of that exposure, and of no other. A result that serves blocks
/// none.
/// </summary>
/// <param name="wanted">The exposures that should exist.</param>
/// <param name="deleting">The exposures that are being removed.</param>
/// <param name="isLast">Whether the deadline is over, so that an exposure that still waits has failed.</param>
/// <param name="assumed">
/// Set in a dry run, which does not wait: ports that wait for an address count as open, and no wait blocks these exposures.
/// </param>
/// <param name="held">Exposures of a dry run whose own convergence is under way: their ports stay as they are.</param>
internal sealed partial class ExposurePass(
    ClusterId id,
    Resource<ClusterSpec> cluster,
    IReadOnlyList<NamedExposure> wanted,
    IReadOnlyList<NamedExposure> deleting,
    bool isLast,
    IReadOnlySet<string>? assumed = null,
    IReadOnlySet<string>? held = null
)
{
    /// <summary>The conditions that a pass observes, in order.</summary>
    public static readonly IReadOnlyList<string> Conditions =
    [
        .. ConditionTypes.OfExposure.Where(type => type is not (ConditionTypes.Accepted or ConditionTypes.Ready)),
    ];

    private readonly Dictionary<(string Exposure, string Condition), StepResult> _results = [];

    public ClusterId Id => id;

    /// <summary>The cluster's spec, without a security group that its subnet does not have.</summary>
    public ClusterSpec Spec { get; } = SubnetSecurityGroup.Observed(cluster.Spec, cluster.Status);

    public ResourceStatus ClusterStatus => cluster.Status;

    /// <summary>The exposures that should exist, with the addresses that this pass has found.</summary>
    public IReadOnlyList<NamedExposure> Wanted { get; private set; } = wanted;

    public IReadOnlyList<NamedExposure> Deleting { get; } = deleting;

    /// <summary>The exposures in removal whose ports may still be open; null when every port is closed that nobody wants.</summary>
    public IReadOnlyList<NamedExposure>? Closing { get; set; } = deleting;

    /// <summary>Whether firewall rules that nobody wants stay until ports are closed.</summary>
    public bool KeepsRules { get; set; }

    public IReadOnlySet<string> WantedNames { get; } = wanted.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);

    public IReadOnlySet<string> DeletingNames { get; } = deleting.Select(exposure => exposure.Name).ToHashSet(StringComparer.Ordinal);

    public bool IsLast => isLast;

    /// <summary>Whether MeshPort forgets the cluster, which stays.</summary>
    public bool LetsGo { get; init; }

    /// <summary>The writes of the pass by condition, for the history.</summary>
    public Dictionary<string, IReadOnlyList<Change>> Changes { get; } = new(StringComparer.Ordinal);

    /// <summary>The routes that the pass wants, guards of a previous strategy among them.</summary>
    public IReadOnlyList<DesiredObject> Routes { get; set; } = [];

    /// <summary>The ports whose connections objects of others would get, so that they do not stay open.</summary>
    public IReadOnlySet<(string Exposure, int Port)> Displaced { get; set; } = new HashSet<(string, int)>();

    /// <summary>The exposures whose routes wait until the Service keeps the addresses of clients.</summary>
    public IReadOnlySet<string> Preparing { get; set; } = new HashSet<string>();

    /// <summary>The exposures in removal whose sources the gateway restricts at a listener with other users, while it has routes.</summary>
    public IReadOnlyList<NamedExposure> StillGuarded { get; set; } = [];

    /// <summary>Whether the pass plans and writes nothing.</summary>
    public bool IsDryRun => assumed is not null;

    /// <summary>By exposure, what may explain that its clients get no answer.</summary>
    public IReadOnlyDictionary<string, string> Hints { get; set; } = new Dictionary<string, string>();

    /// <summary>Why ports of removed exposures stay open, for people.</summary>
    public List<string> Left { get; } = [];

    /// <summary>By exposure, the outcome of opening its port.</summary>
    public IReadOnlyDictionary<string, PortOutcome> Ports { get; private set; } = new Dictionary<string, PortOutcome>();

    /// <summary>The exposures whose firewall rule was written, although none of those that it serves has changed.</summary>
    public IReadOnlySet<string> RepairedRules { get; set; } = new HashSet<string>();

    /// <summary>The security group of the subnet; null without one.</summary>
    public string? SecurityGroup { get; set; }

    /// <summary>Whether a previous strategy had ports at the beginning of the pass.</summary>
    public bool ChangesStrategy { get; set; }

    /// <summary>The objects of previous strategies that go when the new ports have an address. Only a dry run tells them.</summary>
    public List<PortObject> ClosesLater { get; } = [];

    /// <summary>Why ports of the previous strategy stay open; null when the API server has refused nothing.</summary>
    public Observation? PreviousPortsRefusal { get; set; }

    /// <summary>
    /// Whether routes or guards of the previous strategy remain, or certificates of key vaults, which only the next pass can delete.
    /// </summary>
    public bool NeedsAnotherPass { get; set; }

    public IReadOnlyDictionary<string, ProbeResult> Probes { get; private set; } = new Dictionary<string, ProbeResult>();

    /// <summary>The exposures that have reached every condition before this one.</summary>
    public IReadOnlyList<NamedExposure> Active(string condition) =>
        [.. Wanted.Where(exposure => Obstacle(exposure.Name, condition) is null)];

    /// <summary>The other exposures: nothing is written for them, and nothing of theirs is removed.</summary>
    public IReadOnlySet<string> Blocked(string condition) =>
        Wanted
            .Select(exposure => exposure.Name)
            .Where(exposure => Obstacle(exposure, condition) is not null)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// Explains a probe that has proven nothing. A load balancer without the port is the certain reason; the hints are possible reasons.
    /// </summary>
    public StepResult Explain(string exposure, StepResult probed) =>
        probed.Observation.Status == ConditionStatus.True ? probed
        : Ports.GetValueOrDefault(exposure)?.LoadBalancerFailure is { } failure ? StepResult.AskAgain(Reasons.LoadBalancerFailed, failure)
        : Hints.TryGetValue(exposure, out var hint)
            ? probed with
            {
                Observation = probed.Observation with { Message = $"{probed.Observation.Message} {hint}" },
            }
        : probed;

    public void Report(string condition, IEnumerable<KeyValuePair<string, StepResult>> results)
    {
        foreach (var (exposure, result) in results)
        {
            _results[(exposure, condition)] = result;
        }
    }

    /// <summary>Notes the addresses of open ports. An exposure without a new address keeps the old one, which may still be open.</summary>
    public void Open(IReadOnlyDictionary<string, PortOutcome> outcomes)
    {
        Ports = outcomes;
        Wanted =
        [
            .. Wanted.Select(exposure =>
                outcomes.GetValueOrDefault(exposure.Name) is { } outcome
                && Addresses(exposure.Spec.Gateway, outcome) is { Count: > 0 } found
                && !exposure.Status.Addresses.SequenceEqual(found)
                    ? exposure.At(found)
                    : exposure
            ),
        ];
    }

    /// <summary>An exposure without those of its ports that are refused, where others are open.</summary>
    public NamedExposure OpenPart(NamedExposure exposure) =>
        Ports.GetValueOrDefault(exposure.Name)?.Partly is { } partly ? exposure.Only(partly.Ports.Contains) ?? exposure : exposure;

    private List<GatewayAddress> Addresses(GatewayKind gateway, PortOutcome outcome) =>
        [
            .. new[] { outcome.Address ?? outcome.Partly?.Address, outcome.Ipv6 }
                .OfType<string>()
                .Select(ip => new GatewayAddress(gateway, ip, Hostname(gateway, ip))),
        ];

    private string? Hostname(GatewayKind gateway, string ip) =>
        ClusterStatus.Chosen.FirstOrDefault(chosen => chosen.Gateway == gateway && chosen.Ip == ip)?.Hostname;

    /// <summary>Whether the port of an exposure has an address, or gets one in a dry run.</summary>
    public bool IsOpened(string exposure) =>
        Ports.GetValueOrDefault(exposure) is { } outcome && (outcome.IsOpen || (assumed is not null && outcome.Result.Wait));

    public void Proven(IReadOnlyDictionary<string, (StepResult Result, ProbeResult? Probe)> found) =>
        Probes = found.Where(one => one.Value.Probe is not null).ToDictionary(one => one.Key, one => one.Value.Probe!); // just checked

    /// <returns>The observations of an exposure that this pass has made, in the order of the conditions.</returns>
    public IEnumerable<(string Condition, Observation Observation)> Observations(string exposure, IEnumerable<string> observed) =>
        observed.Select(condition => (condition, Final(Reached(exposure, condition))));

    /// <returns>Null where the exposure has not reached the step.</returns>
    public StepResult? ResultOf(string exposure, string condition) => _results.GetValueOrDefault((exposure, condition));

    /// <summary>Sums up a step: it waits while one exposure waits.</summary>
    public StepResult Summary(string condition)
    {
        var results = Wanted.Select(exposure => (exposure.Name, Result: Reached(exposure.Name, condition))).ToList();
        var good = results.Count(one => IsGood(one.Result.Observation));
        var text = results.Count == 0 ? "There are no exposures." : $"{good} of {results.Count} exposures as desired.";
        // The step of an obstacle tells its message; the later steps name the condition.
        var odd = results
            .Where(one => !IsGood(one.Result.Observation))
            .Select(one => (one.Name, one.Result.Observation.Message, Obstacle: Obstacle(one.Name, condition)?.Condition))
            .OrderBy(one => one.Obstacle is not null)
            .ThenBy(one => one.Name, StringComparer.Ordinal)
            .Select(one => one.Obstacle is { } obstacle ? $" {one.Name} waits for {obstacle}." : $" {one.Name}: {one.Message}")
            .FirstOrDefault();
        var message = $"{text}{odd}";
        return !isLast && results.Exists(one => one.Result.Wait) ? StepResult.AskAgain(Reasons.SomeWait, message)
            : good < results.Count ? StepResult.Done(Observation.False(Reasons.SomeNotReady, message))
            : StepResult.Done(Observation.True(results.Count == 0 ? Reasons.NothingToDo : Reasons.AsDesired, message));
    }

    public StepResult SummaryOfPorts()
    {
        var summary = Summary(ConditionTypes.PortOpen);
        if (PreviousPortsRefusal is { } refusal)
        {
            var message = $"{summary.Observation.Message} The ports of the previous strategy stay open: {refusal.Message}";
            return isLast ? StepResult.Done(Observation.False(refusal.Reason, message)) : StepResult.AskAgain(refusal.Reason, message);
        }

        return NeedsAnotherPass && !isLast && !summary.Wait
            ? StepResult.AskAgain(Reasons.SomeWait, $"{summary.Observation.Message} The next pass deletes what is no longer needed.")
            : summary;
    }

    /// <summary>The result of a step that the pass has run: an earlier condition that is not reached comes first.</summary>
    private StepResult Reached(string exposure, string condition) =>
        Obstacle(exposure, condition) is { } obstacle
            ? StepResult.Done(obstacle.Observation.DependentOn(obstacle.Condition))
            : _results[(exposure, condition)];

    /// <summary>The first earlier condition of the exposure that is neither True nor deliberately left open, and does not serve.</summary>
    private (string Condition, Observation Observation)? Obstacle(string exposure, string before)
    {
        if (held?.Contains(exposure) == true && before != ConditionTypes.WorkloadReady)
        {
            return (ConditionTypes.WorkloadReady, Observation.Unknown(Reasons.Pending, "Its own convergence is under way."));
        }

        foreach (var condition in Conditions.TakeWhile(condition => condition != before))
        {
            if (
                _results.TryGetValue((exposure, condition), out var result)
                && Final(result) is var observation
                && !IsGood(observation)
                && !result.Serves
                && !(result.Wait && assumed?.Contains(exposure) == true)
            )
            {
                return (condition, observation);
            }
        }

        return null;
    }

    private static bool IsGood(Observation observation) =>
        observation.Status == ConditionStatus.True || Readiness.IsLeftOpen(observation.Status, observation.Reason);

    /// <summary>While there is time left, an exposure that waits is Unknown; after that it is False.</summary>
    private Observation Final(StepResult result) =>
        result.Wait && isLast && !Readiness.IsLeftOpen(result.Observation.Status, result.Observation.Reason)
            ? Observation.False(result.Observation.Reason, $"{result.Observation.Message} The deadline is over.")
            : result.Observation;
}
