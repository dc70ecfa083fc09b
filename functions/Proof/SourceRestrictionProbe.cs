using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// Where <c>allowedSources</c> lets in others than MeshPort, that MeshPort gets no answer proves nothing, pure: it does not know under which address the world sees it, so what looks as if it
/// were kept out is told as not seen rather than as failed.
/// </summary>
internal static class SourceRestrictionProbe
{
    /// <param name="spec">Of the cluster; null when nobody is kept out.</param>
    public static Observation Judge(NamedExposure exposure, Observation probed, ClusterSpec? spec) =>
        spec is not null && exposure.Spec.AllowedSources.Count > 0 && LooksSo(probed.Reason, spec)
            ? Observation.Unknown(
                Reasons.NotReachableFromHere,
                $"{probed.Message} MeshPort's own address may not be among allowedSources: add it to have the port proven, or prove it from an address that is."
            )
            : probed;

    /// <summary>Whether it was told for this very spec already.</summary>
    public static bool IsKnown(NamedExposure exposure) =>
        exposure.Status.Find(ConditionTypes.Reachable) is { Reason: Reasons.NotReachableFromHere } known
        && known.ObservedGeneration == exposure.Generation;

    /// <summary>Azure drops packets of those who are not allowed; the gateway, where it is who refuses them, accepts and closes.</summary>
    private static bool LooksSo(string reason, ClusterSpec spec) =>
        reason == Reasons.ConnectionTimedOut
        || (
            reason == Reasons.ConnectionReset
            && spec.Strategy == Strategy.ManagedService
            && !SourceRestriction.HasNetworkSecurityGroup(spec)
        );
}
