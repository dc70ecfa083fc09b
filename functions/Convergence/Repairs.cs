using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>Records drift in an exposure's history: an object was as desired for this spec before, and MeshPort changes it now.</summary>
internal static class Repairs
{
    public static ResourceStatus Tell(
        NamedExposure exposure,
        ResourceStatus status,
        string condition,
        IEnumerable<Change> changes,
        DateTimeOffset now
    ) =>
        exposure.WasTrue(condition)
            ? changes
                .Where(change => change.Action != ChangeAction.Delete && change.Exposure == exposure.Name)
                .Aggregate(
                    status,
                    (told, change) =>
                        told.Happened(HistoryTypes.Repaired, Reasons.Repaired, $"{change.Target}: {change.Why}", now, $"{change.Target}")
                )
            : status;
}
