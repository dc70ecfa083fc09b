using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>
/// Decides the traffic policy of a Service that others own, pure. A policy that MeshPort has set also stays for exposures whose sources are
/// restricted: at the gateway, they rely on it.
/// <code>
/// an open exposure has clientAddress | traffic policy of the Service   | change
/// -----------------------------------+---------------------------------+-------------------------------------------
/// yes                                | Local, applied by MeshPort      | none
/// yes                                | Local, set by others            | applies it too; it stays when MeshPort ends
/// yes                                | Cluster                         | sets Local by a forced apply
/// no, but one has allowedSources     | applied by MeshPort             | keeps it
/// no                                 | applied by MeshPort             | gives it up; without others it is Cluster
/// no                                 | any other                       | none
/// </code>
/// </summary>
/// <param name="Before">Null where MeshPort neither has nor changes the policy.</param>
/// <param name="After">The same.</param>
/// <param name="IsLocal">Whether the apply has the policy <c>Local</c>.</param>
/// <param name="IsForced">Whether the apply must overrule others.</param>
/// <param name="IsSame">Whether the Service needs no apply for it.</param>
internal sealed record TrafficPolicyPlan(string? Before, string? After, bool IsLocal, bool IsForced, bool IsSame)
{
    /// <param name="open">The exposures whose ports are open after the apply.</param>
    public static TrafficPolicyPlan Of(JsonObject service, IReadOnlyList<NamedExposure> open)
    {
        var isOurs = TrafficPolicy.IsOurs(service);
        var isLocal =
            open.Any(exposure => exposure.Spec.ClientAddress == ClientAddress.Preserve)
            || (isOurs && open.Any(exposure => exposure.Spec.AllowedSources.Count > 0));
        var isForced = isLocal && !TrafficPolicy.IsLocal(service);
        var current = service["spec"]?[TrafficPolicy.Field]?.ToString();
        return new TrafficPolicyPlan(
            isLocal || isOurs ? current : null,
            isLocal ? TrafficPolicy.Local
                : !isOurs ? null
                : TrafficPolicy.IsOfOthers(service) ? current
                : TrafficPolicy.Default,
            isLocal,
            isForced,
            !isForced && isLocal == isOurs
        );
    }
}
