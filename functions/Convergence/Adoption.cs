using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;

namespace MeshPort.Convergence;

/// <summary>
/// Takes over objects of others for exposures (ADR 14). The marks in their statuses come before the writes, so that a crash neither forgets
/// a release nor lets it happen again. The history tells a release after the API server has accepted it.
/// </summary>
internal static class Adoption
{
    /// <summary>Releases the parts of routes of others that are due.</summary>
    /// <returns>By exposure, why a part was not released.</returns>
    public static async Task<IReadOnlyDictionary<string, Observation>> ReleaseAsync(
        ExposurePass pass,
        RouteReleases releases,
        IPassWriter writer,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        if (releases.All.Count == 0)
        {
            return new Dictionary<string, Observation>();
        }

        var marks = releases.Due.SelectMany(release => release.Exposures.Select(exposure => (exposure, release.Mark)));
        await writer.RecordAsync(pass.Mark(marks), cancellationToken);
        var refused = await writer.ReleaseAsync(releases, cancellationToken);
        var kept = new Dictionary<string, Observation>(StringComparer.Ordinal);
        var released = new List<(string Exposure, string Target, string Message)>();
        foreach (var release in releases.Due)
        {
            var target = $"{release.Change.Target}";
            if (refused.GetValueOrDefault(target) is not { } refusal)
            {
                released.AddRange(release.Exposures.Select(exposure => (exposure, target, $"{target}: {release.Change.Why}")));
                continue;
            }

            foreach (var exposure in release.Exposures)
            {
                kept.TryAdd(exposure, refusal);
                pass.Unmark(exposure, release.Mark); // not released: the next pass tries again, whatever its version then
            }
        }

        await writer.RecordAsync(pass.TellAdopted(released, now), cancellationToken);
        return kept;
    }

    /// <summary>Records the ports of others that the objects are about to take over.</summary>
    public static async Task RecordAsync(
        ExposurePass pass,
        IReadOnlyList<PortObject> objects,
        IPassWriter writer,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var taken = objects.SelectMany(one =>
            one.Outcomes.Where(outcome => outcome.Value.Adoption is not null)
                .Select(outcome =>
                    (outcome.Key, $"{one.Target}", $"{one.Target}", $"{one.Target}: MeshPort takes over {outcome.Value.Adoption}.")
                )
        );
        await writer.RecordAsync(pass.Adopt(taken, now), cancellationToken);
    }
}
