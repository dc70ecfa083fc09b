using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <summary>
/// The path of a connection from a client to the pods, from the conditions of an exposure and its cluster. Pure. A condition decides
/// about the stations of its line; a reason names the station that it is about (<see cref="StationOf"/>):
/// <code>
/// condition                  | stations
/// ---------------------------+------------------------------
/// Reachable                  | client
/// GatewayReady (cluster)     | address; PortOpen with a strategy that gives exposures other addresses
/// NetworkOpen                | network security group
/// PortOpen                   | load-balancer rule, Service port
/// RouteProgrammed            | listener, route, Service
/// WorkloadReady              | pods
///
/// the condition is             | its station of the reason | its other stations
/// -----------------------------+---------------------------+--------------------
/// of an earlier generation     | grey                      | grey
/// green or grey (Tones)        | the same                  | the same
/// red                          | red                       | grey; the client red
/// </code>
/// The station of a reason may belong to another condition: ConnectionRefused of Reachable is about the load-balancer rule. Such a reason
/// never makes a red station grey. Other failures of a probe may have several causes, so only the client is red. Pods that MeshPort does
/// not run are green only while a probe has an answer.
/// </summary>
internal static class PathPicture
{
    private static readonly (string Condition, HopKind[] Stations)[] Lines =
    [
        (ConditionTypes.Reachable, [HopKind.Client]),
        (ConditionTypes.GatewayReady, [HopKind.Address]),
        (ConditionTypes.NetworkOpen, [HopKind.Firewall]),
        (ConditionTypes.PortOpen, [HopKind.Rule, HopKind.ServicePort]),
        (ConditionTypes.RouteProgrammed, [HopKind.Listener, HopKind.Route, HopKind.Backend]),
        (ConditionTypes.WorkloadReady, [HopKind.Pods]),
    ];

    /// <param name="history">The history of the exposure, oldest first.</param>
    public static IReadOnlyList<Hop> Of(Resource<ClusterSpec> cluster, Resource<ExposureSpec> exposure, IReadOnlyList<HistoryEntry> history)
    {
        var hops = Lines.SelectMany(line => Hops(line, cluster, exposure)).ToList();
        foreach (var condition in exposure.Status.Conditions.Where(condition => IsProblem(condition, exposure.Metadata.Generation)))
        {
            var (tone, word) = Tones.Of(condition, exposure.Metadata.Generation);
            var station = StationOf(condition);
            var index = hops.FindIndex(hop => hop.Kind == station && hop.Tone != Tone.Bad && hop.Tone != tone);
            if (index >= 0)
            {
                hops[index] = Tell(hops[index], condition, tone, word);
            }
        }

        // The history tells some repairs when MeshPort decides to make them. Azure may have refused them since.
        return [.. hops.Select(hop => hop.Tone == Tone.Bad ? hop : hop with { Repair = PathRepairs.Find(hop.Kind, history) })];
    }

    /// <returns>The station that the reason of a condition is about; null when it is about all of them.</returns>
    internal static HopKind? StationOf(Condition condition) =>
        (condition.Type, condition.Reason) switch
        {
            (_, Reasons.AddressPending or Reasons.AddressConflict or Reasons.LoadBalancerFailed) => HopKind.Address,
            (_, Reasons.FirewallConflict or Reasons.FirewallFull) => HopKind.Firewall,
            (_, Reasons.ConnectionRefused) => HopKind.Rule,
            (_, Reasons.PortTaken or Reasons.PortReverted or Reasons.ServiceRestricted) => HopKind.ServicePort,
            (
                _,
                Reasons.GatewayConflict
                    or Reasons.ListenerLimit
                    or Reasons.StrategyNotServed
                    or Reasons.TrafficDenied
                    or Reasons.NoReadyGateway
                    or Reasons.CertificateNotFound
                    or Reasons.CertificatePending
                    or Reasons.CertificateInvalid
                    or Reasons.CertificateExpired
                    or Reasons.SecretsProviderMissing
                    or Reasons.KeyVaultAccessDenied
                    or Reasons.KeyVaultUnreachable
            ) => HopKind.Listener,
            (_, Reasons.RouteConflict or Reasons.Adopting) => HopKind.Route,
            (_, Reasons.BackendNotFound or Reasons.DestinationRuleConflict or Reasons.ProxyProtocolConflict) => HopKind.Backend,
            (_, Reasons.NoReadyEndpoints or Reasons.WorkloadFailed or Reasons.WorkloadStarting) => HopKind.Pods,
            (ConditionTypes.GatewayReady, _) => HopKind.Address,
            (ConditionTypes.NetworkOpen, _) => HopKind.Firewall,
            (ConditionTypes.PortOpen, _) => HopKind.ServicePort,
            (ConditionTypes.RouteProgrammed, _) => HopKind.Route,
            (ConditionTypes.WorkloadReady, _) => HopKind.Pods,
            (ConditionTypes.Reachable, _) => HopKind.Client,
            _ => null,
        };

    private static bool IsProblem(Condition condition, long generation) =>
        condition is { Type: not ConditionTypes.Ready, Status: not ConditionStatus.True, Reason: not Reasons.Removed }
        && condition.ObservedGeneration >= generation;

    private static IEnumerable<Hop> Hops(
        (string Condition, HopKind[] Stations) line,
        Resource<ClusterSpec> cluster,
        Resource<ExposureSpec> exposure
    )
    {
        var isOfCluster = line.Condition == ConditionTypes.GatewayReady && cluster.Spec.Strategy == Strategy.ManagedService;
        var type = line.Condition == ConditionTypes.GatewayReady && !isOfCluster ? ConditionTypes.PortOpen : line.Condition;
        var condition = isOfCluster ? cluster.Status.Find(type) : exposure.Status.Find(type);
        var generation = isOfCluster ? cluster.Metadata.Generation : exposure.Metadata.Generation;
        return line.Stations.Select(station => Hop(station, condition, generation, cluster.Spec, exposure));
    }

    private static Hop Hop(HopKind station, Condition? condition, long generation, ClusterSpec cluster, Resource<ExposureSpec> exposure)
    {
        var hop = new Hop(
            station,
            PathNames.Title(station, exposure.Spec.Gateway),
            PathNames.Of(station, cluster, exposure),
            Tone.Unknown,
            "Not known",
            condition?.Type,
            condition?.Reason ?? Reasons.Pending,
            condition?.Message ?? "Not observed yet.",
            null
        );
        if (condition is null || condition.ObservedGeneration == 0)
        {
            return hop; // never observed
        }

        if (condition.ObservedGeneration < generation)
        {
            return hop with { Message = $"Not observed for generation {generation} of the spec yet. Before: {condition.Message}" };
        }

        if (station == HopKind.Pods && exposure.Spec.Workload is null && condition.Status == ConditionStatus.True)
        {
            return Foreign(hop, exposure);
        }

        if (station == HopKind.Address && exposure.Status.Addresses.Count == 0 && condition.Status == ConditionStatus.True)
        {
            return hop with { Reason = Reasons.AddressPending, Message = "The exposure has no address yet." };
        }

        var (tone, word) = Tones.Of(condition, generation);
        return tone == Tone.Bad && station != HopKind.Client && StationOf(condition) != station
            ? hop with
            {
                Reason = Reasons.Blocked,
                Message = $"Not known, because {condition.Type} is {condition.Status}.",
            }
            : Tell(hop, condition, tone, word);
    }

    /// <summary>Pods that MeshPort does not run: only an answer proves them.</summary>
    private static Hop Foreign(Hop hop, Resource<ExposureSpec> exposure)
    {
        var reachable = exposure.Status.Find(ConditionTypes.Reachable);
        return reachable is not null && Tones.Of(reachable, exposure.Metadata.Generation) is (Tone.Good, var word)
            ? Tell(hop, reachable, Tone.Good, word)
            : hop with
            {
                Condition = ConditionTypes.Reachable,
                Reason = Reasons.Pending,
                Message = "MeshPort does not run these pods, and no probe has an answer of them.",
            };
    }

    private static Hop Tell(Hop hop, Condition condition, Tone tone, string word) =>
        hop with
        {
            Tone = tone,
            Word = word,
            Condition = condition.Type,
            Reason = condition.Reason,
            Message = condition.Message,
            Advice = tone == Tone.Good ? null : ReasonAdvice.Find(condition.Reason),
        };
}
