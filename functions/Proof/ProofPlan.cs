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
/// any      | yes     | none, or succeeds, and a backend   | wait, NoReadyEndpoints
///          |         | has no endpoint (BackendEndpoints) |
/// internal | yes     | none                               | Unknown, NotReachableFromHere
/// external | yes     | succeeds                           | True, the probe's reason
/// external | yes     | stays open, and the gateway tries  | Unknown, BackendNotProven
///          |         | longer than a probe may wait       |
/// external | yes     | fails, allowedSources explain it   | wait, NotReachableFromHere; Unknown, when the
///          |         |                                    | condition says so for this spec already
/// external | yes     | fails                              | wait, the probe's reason, since a load balancer
///          |         |                                    | takes a while to carry a new port; the message
///          |         |                                    | names a backend without an endpoint
/// </code>
/// Azure drops packets of other sources, so <c>allowedSources</c> explain a timeout. A gateway that refuses other sources accepts the
/// connection and closes it. So they explain a reset too, where the gateway is what restricts the sources: with strategy managedService and
/// without a security group in the spec.
///
/// What a probe waits for after the connection (<see cref="OpenTime"/>):
/// <code>
/// protocol | expect | proven for this spec and address | waits for
/// ---------+--------+----------------------------------+------------------------------------------------------------
/// any      | yes    | any                              | the answer, at most probe.timeout
/// TLS      | no     | any                              | the handshake, which only the backend can finish
/// TCP      | no     | not in the last 15 minutes       | data, or an open connection for longer than the gateway tries
///          |        |                                  | to reach the backend, and longer than probe.timeout
/// TCP      | no     | in the last 15 minutes           | data, or an open connection for 0.3 s: the gateway closes it
///          |        |                                  | at once when all pods of the backend are gone
/// </code>
/// </summary>
internal static class ProofPlan
{
    /// <returns>The address to probe; null when the exposure is not probed.</returns>
    public static string? Address(NamedExposure exposure) => exposure.Spec.Gateway == GatewayKind.External ? exposure.Address : null;

    /// <summary>How long a proof by an open connection holds. Other signs of a broken backend are noticed earlier.</summary>
    public static readonly TimeSpan ProofHolds = TimeSpan.FromMinutes(15);

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
    /// <param name="backendError">A backend without an endpoint; null without one.</param>
    public static StepResult Of(NamedExposure exposure, Observation? probed, ClusterSpec spec, string? backendError) =>
        (exposure.Address, probed) switch
        {
            (null, _) => StepResult.AskAgain(Reasons.AddressPending, "The gateway has no address."),
            (_, null or { Status: not ConditionStatus.False }) when backendError is not null => StepResult.AskAgain(
                Reasons.NoReadyEndpoints,
                backendError
            ),
            (_, null) => StepResult.Done(
                Observation.Unknown(
                    Reasons.NotReachableFromHere,
                    "The internal gateway cannot be reached from outside its network. Check it from inside."
                )
            ),
            (_, { Status: ConditionStatus.True or ConditionStatus.Unknown }) => StepResult.Done(probed),
            _ when exposure.Spec.AllowedSources.Count > 0 && IsOfOtherSources(probed.Reason, spec) => Explained(exposure, probed),
            _ => StepResult.AskAgain(probed.Reason, backendError is null ? probed.Message : $"{probed.Message} {backendError}"),
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

    private static bool IsOfOtherSources(string reason, ClusterSpec spec) =>
        reason == Reasons.ConnectionTimedOut
        || (
            reason == Reasons.ConnectionReset
            && spec.Strategy == Strategy.ManagedService
            && !SourceRestriction.HasNetworkSecurityGroup(spec)
        );
}
