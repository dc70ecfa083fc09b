using MeshPort.Model;
using MeshPort.Proof;

namespace MeshPort.Convergence;

/// <summary>The status of an exposure after a pass: what the pass has observed, repaired and proven. Pure.</summary>
internal static class PassStatus
{
    /// <param name="observed">The conditions that the pass has observed.</param>
    /// <param name="isWhole">Whether <c>Ready</c> is to follow from the conditions.</param>
    public static ResourceStatus Of(
        NamedExposure exposure,
        ExposurePass pass,
        IReadOnlyList<string> observed,
        bool isWhole,
        DateTimeOffset now
    )
    {
        var status = exposure.Status;
        foreach (var (condition, observation) in pass.Observations(exposure.Name, observed))
        {
            status = Tell(status.With(condition, observation, exposure.Generation, now), exposure, pass, condition, now);
            if (
                exposure.Spec.Adopt
                && condition is ConditionTypes.RouteProgrammed or ConditionTypes.PortOpen
                && observation.Status == ConditionStatus.True
            )
            {
                status = AdoptionMarks.Add(status, exposure, condition); // from here on, objects of others are conflicts
            }
            else if (condition == ConditionTypes.Reachable && observation.Status == ConditionStatus.True)
            {
                status = ProofMarks.Add(status, exposure); // from here on, allowedSources explain no failure
            }
        }

        return isWhole ? Conclusion.Draw(status, now) : status;
    }

    private static ResourceStatus Tell(
        ResourceStatus status,
        NamedExposure exposure,
        ExposurePass pass,
        string condition,
        DateTimeOffset now
    ) =>
        condition switch
        {
            ConditionTypes.PortOpen => TellPort(status, exposure, pass, now),
            ConditionTypes.NetworkOpen => TellFirewall(status, exposure, pass, now),
            ConditionTypes.Reachable => pass.Probes.TryGetValue(exposure.Name, out var probe) ? status.Probed(probe) : status,
            _ => Repairs.Tell(exposure, status, condition, pass.Changes.GetValueOrDefault(condition) ?? [], now),
        };

    private static ResourceStatus TellPort(ResourceStatus status, NamedExposure exposure, ExposurePass pass, DateTimeOffset now) =>
        pass.Ports.GetValueOrDefault(exposure.Name) switch
        {
            { Reverted: { Count: > 0 } ports } => status.Happened(
                HistoryTypes.PortReverted,
                Reasons.PortReverted,
                $"{Tell(exposure, ports)} had vanished from the gateway's Service and {Was(ports)} opened again.",
                now
            ),
            { Repaired: { Count: > 0 } ports } => status.Happened(
                HistoryTypes.Repaired,
                Reasons.Repaired,
                $"{Tell(exposure, ports)} of the gateway's Service had been edited and {Was(ports)} restored.",
                now
            ),
            _ => status,
        };

    private static string Tell(NamedExposure exposure, IReadOnlyList<int> ports) => exposure.Spec.Only(ports).TellPorts(isFirst: true);

    private static string Was(IReadOnlyList<int> ports) => ports.Count == 1 ? "was" : "were";

    private static ResourceStatus TellFirewall(ResourceStatus status, NamedExposure exposure, ExposurePass pass, DateTimeOffset now) =>
        exposure.WasTrue(ConditionTypes.NetworkOpen)
        && exposure.Status.Find(ConditionTypes.NetworkOpen)?.Reason == Reasons.AsDesired
        && pass.RepairedRules.Contains(exposure.Name)
            ? status.Happened(
                HistoryTypes.Repaired,
                Reasons.Repaired,
                $"The rule of security group {pass.SecurityGroup} was written again.",
                now,
                $"SecurityRule {pass.SecurityGroup}"
            )
            : status;
}
