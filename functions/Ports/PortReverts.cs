using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Ports;

/// <summary>How often the add-on has taken a port off its Service, and what to say of it.</summary>
internal static class PortReverts
{
    private const int Often = 3;
    private static readonly TimeSpan Within = TimeSpan.FromHours(1);

    /// <summary>Whether the exposure was told to be reverted often, so that it has to be counted again.</summary>
    public static bool IsMarked(NamedExposure exposure) => exposure.Status.Find(ConditionTypes.PortOpen)?.Reason == Reasons.PortReverted;

    /// <returns>By exposure, how often it was reverted within the last hour, this time included.</returns>
    public static async Task<IReadOnlyDictionary<string, int>> CountAsync(
        StatusStore log,
        ClusterId cluster,
        IEnumerable<NamedExposure> exposures,
        IReadOnlyDictionary<string, PortOutcome> outcomes,
        CancellationToken cancellationToken
    )
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var exposure in exposures)
        {
            var history = await log.ReadHistoryAsync(cluster, exposure.Name, cancellationToken);
            counts[exposure.Name] =
                history.Count(entry => entry.Type == HistoryTypes.PortReverted && log.Now - entry.At < Within)
                + (outcomes[exposure.Name].IsReverted ? 1 : 0);
        }

        return counts;
    }

    public static StepResult Advise(StepResult report, int count) =>
        count >= Often && report.Observation.Status == ConditionStatus.True
            ? report with
            {
                Observation = Observation.True(
                    Reasons.PortReverted,
                    $"{report.Observation.Message} The add-on has taken it away {count} times within an hour; strategy companionService has Services that nobody else writes."
                ),
            }
            : report;
}
