using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;

namespace MeshPort.Convergence;

/// <summary>
/// Takes over objects of others for exposures (ADR 14). The marks in their statuses come before the writes, so that a crash neither forgets
/// a release nor lets it happen again.
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

        var taken = releases.Due.SelectMany(release =>
            release.Exposures.Select(exposure =>
                (exposure, release.Mark, $"{release.Change.Target}", $"{release.Change.Target}: {release.Change.Why}")
            )
        );
        await writer.RecordAsync(pass.Adopt(taken, now), cancellationToken);
        var refused = await writer.ReleaseAsync(releases, cancellationToken);
        var kept = new Dictionary<string, Observation>(StringComparer.Ordinal);
        foreach (var release in releases.Due.Where(release => refused.ContainsKey($"{release.Change.Target}")))
        {
            var refusal = refused[$"{release.Change.Target}"];
            foreach (var exposure in release.Exposures)
            {
                kept.TryAdd(exposure, refusal);
                pass.Unmark(exposure, release.Mark); // not released: the next pass tries again, whatever its version then
            }
        }

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
