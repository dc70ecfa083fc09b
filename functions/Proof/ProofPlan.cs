using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// Decides whether an exposure is probed, and what the probe proves, pure. MeshPort does not know its own public address, so it may not be
/// among <c>allowedSources</c>. A failure that they explain is Unknown, not False. The first row that fits counts:
/// <code>
/// gateway  | address | probe                              | result
/// ---------+---------+------------------------------------+---------------------------------------------------
/// any      | none    | none                               | wait, AddressPending
/// any      | yes     | none, or fails; the gateway has no | wait, NoReadyGateway (Endpoints)
///          |         | ready pod                          |
/// any      | yes     | none, succeeds at one of several   | wait, NoReadyEndpoints
///          |         | backends, or allowedSources        |
///          |         | explain it; a backend has no ready |
///          |         | endpoint                           |
/// internal | yes     | none                               | Unknown, NotReachableFromHere
/// external | yes     | succeeds                           | True, the probe's reason
/// external | IPv6    | MeshPort has no way out over IPv6  | Unknown, IpFamilyNotProven
/// external | yes     | stays open, and the gateway tries  | Unknown, BackendNotProven
///          |         | longer than a probe may wait; or   |
///          |         | the gateway asks for a certificate |
///          |         | that the probe lacks (ProbeTls)    |
/// external | yes     | fails, allowedSources explain it,  | wait, NotReachableFromHere; Unknown, when the
///          |         | and never succeeded for this spec  | condition says so for this spec already
///          |         | and address                        |
/// external | yes     | is reset, or TLS fails; a backend  | wait, NoReadyEndpoints
///          |         | has no ready endpoint              |
/// external | yes     | fails                              | wait, the probe's reason, since a load balancer
///          |         |                                    | takes a while to carry a new port; the message
///          |         |                                    | names a backend without an endpoint, and an
///          |         |                                    | earlier proof that allowedSources let MeshPort in
/// </code>
/// Azure drops packets of other sources, so <c>allowedSources</c> explain a timeout. A gateway that refuses other sources accepts the
/// connection and closes it. So they explain a reset too, where the gateway is what restricts the sources: with strategy managedService and
/// without a security group in the spec. A probe that once succeeded shows that MeshPort's address is among them
/// (<see cref="ProofMarks"/>): then they explain nothing.
///
/// An exposure with several ports has this table for each of them, or for those of <c>probe.ports</c>. It is reachable when all of them
/// are (<see cref="PortResults"/>). A port with addresses of two families has it for each address (<see cref="FamilyResults"/>).
///
/// What a probe waits for after the connection (<see cref="OpenTime"/>):
/// <code>
/// protocol    | expect | proven for this spec and address | waits for
/// ------------+--------+----------------------------------+---------------------------------------------------------
/// any         | yes    | any                              | the answer, at most probe.timeout
/// TLS that is | no     | any                              | the handshake, which only the backend can finish
/// passed on   |        |                                  |
/// any other   | no     | not in the last 15 minutes       | data, or an open connection for longer than the gateway
///             |        |                                  | tries to reach the backend, and longer than probe.timeout
/// any other   | no     | in the last 15 minutes           | data, or an open connection for 0.3 s: the gateway closes
///             |        |                                  | it at once when all pods of the backend are gone
/// </code>
/// </summary>
internal static class ProofPlan
{
    /// <returns>The address to probe; null when the exposure is not probed.</returns>
    public static string? Address(NamedExposure exposure) => exposure.Spec.Gateway == GatewayKind.External ? exposure.Address : null;

    /// <summary>The exposure as one exposure for each port to probe, and for each of its addresses.</summary>
    public static IReadOnlyList<NamedExposure> Parts(NamedExposure exposure) =>
        [
            .. exposure
                .Parts.Where(part => exposure.Spec.Probe.Ports?.Any(range => range.Holds(part.Spec.Port)) != false)
                .SelectMany(part => part.ByAddress),
        ];

    /// <summary>How long a proof by an open connection holds. Other signs of a broken backend are noticed earlier.</summary>
    public static readonly TimeSpan ProofHolds = TimeSpan.FromMinutes(15);

    private const string AnsweredBefore =
        "The port has answered MeshPort with these allowedSources before. Look at the workload and at firewalls. "
        + "If MeshPort's own address has changed, add the new one to allowedSources.";

    private const double Certainty = 0.99;
    private const int MostConnections = 20;

    /// <summary>
    /// How many connections a probe makes. Each goes to one of the backends by their weights, so a single one proves a single backend. With
    /// so many, the probe meets the backend with the smallest weight with a probability of 99 %; below a weight of 21 %, at a later probe.
    /// </summary>
    public static int Connections(ExposureSpec spec)
    {
        var weights = spec.Backends.Select(backend => backend.Weight).Where(weight => weight > 0).ToList();
        return weights.Count < 2
            ? 1
            : (int)Math.Min(MostConnections, Math.Ceiling(Math.Log(1 - Certainty) / Math.Log(1 - (double)weights.Min() / weights.Sum())));
    }

    /// <summary>The result of a probe with several connections: the first that has not succeeded.</summary>
    public static Observation Of(IReadOnlyList<Observation> connections)
    {
        var failed = connections
            .Where(one => one.Status != ConditionStatus.True)
            .OrderBy(one => one.Status != ConditionStatus.False)
            .ToList();
        return failed.Count == 0 ? connections[0]
            : failed.Count == connections.Count ? failed[0]
            : failed[0] with
            {
                Message = $"{failed.Count} of {connections.Count} connections fail, so one of the backends does: {failed[0].Message}",
            };
    }

    /// <param name="connectTimeout">How long the gateway tries to connect to the backend.</param>
    /// <param name="proven">When an open connection has proven the exposure; null when it has not, for this spec and address.</param>
    public static OpenTime WaitFor(ExposureSpec spec, TimeSpan connectTimeout, DateTimeOffset? proven, DateTimeOffset now) =>
        !OpenTime.Proves(spec) || now - proven < ProofHolds
            ? OpenTime.Brief
            : OpenTime.Beyond(connectTimeout > spec.Probe.Timeout ? connectTimeout : spec.Probe.Timeout);

    /// <summary>The observation of a connection that stayed open without data.</summary>
    public static Observation Open(string endpoint, ExposureSpec spec, TimeSpan connectTimeout) =>
        !OpenTime.Proves(spec) ? Observation.True(Reasons.Connected, $"{endpoint} answers with TLS and keeps the connection open.")
        : connectTimeout > OpenTime.Most
            ? Observation.Unknown(
                Reasons.BackendNotProven,
                $"{endpoint} accepts connections, but a DestinationRule lets the gateway try to reach the backend for longer than "
                    + $"{OpenTime.Most.TotalSeconds:0} s, so that an open connection does not prove the backend. "
                    + "Set probe.expect, or a shorter connectTimeout in that rule."
            )
        : Observation.True(
            Reasons.Connected,
            $"{endpoint} accepts connections and keeps them open for longer than the gateway tries to reach the backend "
                + $"({connectTimeout.TotalSeconds:0.#} s)."
        );

    /// <param name="probed">The result of the probe; null without one.</param>
    /// <param name="spec">The cluster's spec, which says how other sources are kept out.</param>
    /// <param name="errors">The gateway or backend without an endpoint.</param>
    /// <param name="own">The gateway's own Service; null where it is not known.</param>
    public static StepResult Of(
        NamedExposure exposure,
        Observation? probed,
        ClusterSpec spec,
        EndpointErrors errors,
        JsonObject? own = null
    )
    {
        var isOfOtherSources =
            exposure.Spec.AllowedSources.Count > 0
            && probed is { Status: ConditionStatus.False, Reason: var reason }
            && IsOfOtherSources(reason, exposure.Spec, spec, own);
        var isExplained = isOfOtherSources && !ProofMarks.Has(exposure);
        if (isOfOtherSources && !isExplained && probed is not null)
        {
            probed = probed with { Message = $"{probed.Message} {AnsweredBefore}" };
        }

        return (exposure.Address, probed) switch
        {
            (null, _) => StepResult.AskAgain(Reasons.AddressPending, "The gateway has no address."),
            _ when errors.OfGateway is { } gateway && probed?.Status is null or ConditionStatus.False => StepResult.AskAgain(
                Reasons.NoReadyGateway,
                probed is null || isExplained ? gateway : $"{probed.Message} {gateway}"
            ),
            _ when errors.OfBackend is { } backend && (isExplained || LeavesOpen(probed, exposure.Spec)) => StepResult.AskAgain(
                Reasons.NoReadyEndpoints,
                backend
            ),
            (_, null) => StepResult.Done(
                Observation.Unknown(
                    Reasons.NotReachableFromHere,
                    "The internal gateway cannot be reached from outside its network. Check it from inside."
                )
            ),
            (_, { Status: ConditionStatus.True or ConditionStatus.Unknown }) => StepResult.Done(probed),
            _ when isExplained => Explained(exposure, probed),
            _ when errors.OfBackend is { } backend => StepResult.AskAgain(
                IsOfBackend(probed.Reason) ? Reasons.NoReadyEndpoints : probed.Reason,
                $"{probed.Message} {backend}"
            ),
            _ => StepResult.AskAgain(probed.Reason, probed.Message),
        };
    }

    /// <summary>Whether a failure is what the gateway does without an endpoint: it accepts the connection and closes it.</summary>
    private static bool IsOfBackend(string reason) => reason is Reasons.ConnectionReset or Reasons.TlsFailed;

    /// <summary>Whether a backend may have no endpoint in spite of the probe: a success proves one backend for certain.</summary>
    private static bool LeavesOpen(Observation? probed, ExposureSpec spec) =>
        probed?.Status switch
        {
            ConditionStatus.False => false,
            ConditionStatus.True => Connections(spec) > 1,
            _ => true,
        };

    private static StepResult Explained(NamedExposure exposure, Observation probed)
    {
        var unknown = Observation.Unknown(
            Reasons.NotReachableFromHere,
            $"{probed.Message} MeshPort's own address may not be among allowedSources. "
                + "Add it, or check the port from an address that is among them."
        );
        return IsKnown(exposure) ? StepResult.Done(unknown) : StepResult.AskAgain(unknown.Reason, unknown.Message);
    }

    /// <summary>Whether the condition says so for this spec already.</summary>
    private static bool IsKnown(NamedExposure exposure) =>
        exposure.Status.Find(ConditionTypes.Reachable) is { Reason: Reasons.NotReachableFromHere } known
        && known.ObservedGeneration == exposure.Generation;

    private static bool IsOfOtherSources(string reason, ExposureSpec exposure, ClusterSpec spec, JsonObject? own) =>
        reason == Reasons.ConnectionTimedOut
        || (
            reason == Reasons.ConnectionReset
            && spec.Strategy == Strategy.ManagedService
            && SourceRestriction.IsAtGateway(exposure, spec, own)
        );
}
