using System.Collections.Concurrent;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.WebConsole;

/// <summary>
/// The exposures of clusters, read at most twice a second for all callers together. Each open console asks every second, and a cluster
/// may have thousands of exposures.
/// </summary>
internal sealed class ExposureLists(ExposureStore exposures)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(0.5);
    private readonly ConcurrentDictionary<ClusterId, Entry> _entries = [];

    public async Task<IReadOnlyList<Resource<ExposureSpec>>> ListAsync(ClusterId cluster, CancellationToken cancellationToken)
    {
        if (_entries.TryGetValue(cluster, out var known) && TimeProvider.System.GetElapsedTime(known.At) < Kept)
        {
            return known.Exposures;
        }

        var at = TimeProvider.System.GetTimestamp();
        var found = await exposures.ListAsync(cluster, cancellationToken);
        foreach (var (old, _) in _entries.Where(entry => TimeProvider.System.GetElapsedTime(entry.Value.At) > Kept))
        {
            _entries.TryRemove(old, out _); // nobody looks at that cluster any more
        }

        _entries[cluster] = new Entry(at, found);
        return found;
    }

    private sealed record Entry(long At, IReadOnlyList<Resource<ExposureSpec>> Exposures);
}
