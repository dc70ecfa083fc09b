using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// Decides whether <c>allowedSources</c> may explain a failed probe, pure. MeshPort does not know its own public address, so it may not be
/// among the allowed sources. The condition is then Unknown, not False.
/// </summary>
internal static class SourceRestrictionProbe
{
    /// <param name="spec">The spec of the cluster; null when nothing restricts the sources.</param>
    public static Observation Judge(NamedExposure exposure, Observation probed, ClusterSpec? spec) =>
        spec is not null && exposure.Spec.AllowedSources.Count > 0 && LooksSo(probed.Reason, spec)
            ? Observation.Unknown(
                Reasons.NotReachableFromHere,
                $"{probed.Message} MeshPort's own address may not be among allowedSources. "
                    + "Add it, or check the port from an address that is among them."
            )
            : probed;

    /// <summary>Whether the condition says so for this spec already.</summary>
    public static bool IsKnown(NamedExposure exposure) =>
        exposure.Status.Find(ConditionTypes.Reachable) is { Reason: Reasons.NotReachableFromHere } known
        && known.ObservedGeneration == exposure.Generation;

    /// <summary>Azure drops packets of other sources. A gateway that refuses other sources accepts the connection and closes it.</summary>
    private static bool LooksSo(string reason, ClusterSpec spec) =>
        reason == Reasons.ConnectionTimedOut
        || (
            reason == Reasons.ConnectionReset
            && spec.Strategy == Strategy.ManagedService
            && !SourceRestriction.HasNetworkSecurityGroup(spec)
        );
}
