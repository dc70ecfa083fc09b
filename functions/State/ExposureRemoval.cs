using MeshPort.Model;

namespace MeshPort.State;

/// <summary>Deletes the documents of deleted exposures and releases their claims, when the cluster has nothing left of them.</summary>
internal sealed class ExposureRemoval(IStateStore store, WriterLocks locks, TimeProvider time)
{
    /// <summary>Documents that an exposure has besides its claims: itself and its status.</summary>
    private const int OwnDocuments = 2;

    private readonly BatchJournal _journal = new(store, time);

    /// <param name="change">Forgets the exposures that requests up to this change deleted.</param>
    public Task ForgetAsync(ClusterId id, long change, CancellationToken cancellationToken) =>
        locks.RunAsync(id, () => TryForgetAsync(id, change, cancellationToken), cancellationToken);

    /// <returns>The names of the forgotten exposures; null when another writer was faster.</returns>
    private async Task<IReadOnlyList<string>?> TryForgetAsync(ClusterId id, long change, CancellationToken cancellationToken)
    {
        await _journal.CompleteAsync(id, cancellationToken);
        var partition = Documents.Partition(id);
        var exposures = await store.ListExposuresAsync(partition, cancellationToken);
        var gone = exposures
            .Where(exposure => exposure.Value.Document.Metadata.DeletedAt is not null && exposure.Value.Document.Change <= change)
            .ToList();
        foreach (var chunk in Chunk(gone))
        {
            if (!await TryForgetAsync(partition, chunk, cancellationToken))
            {
                return null;
            }
        }

        return gone.ConvertAll(exposure => exposure.Key);
    }

    /// <summary>Parts that fit into one commit; an exposure with more claims gets its own.</summary>
    private IEnumerable<IReadOnlyList<KeyValuePair<string, Stored<ExposureDocument>>>> Chunk(
        IEnumerable<KeyValuePair<string, Stored<ExposureDocument>>> exposures
    )
    {
        var part = new List<KeyValuePair<string, Stored<ExposureDocument>>>();
        var room = store.MostChanges - 1;
        foreach (var exposure in exposures)
        {
            var documents = OwnDocuments + ExposureClaim.Of(exposure.Value.Document.Spec).Count;
            if (part.Count > 0 && documents > room)
            {
                yield return part;
                part = [];
                room = store.MostChanges - 1;
            }

            part.Add(exposure);
            room -= documents;
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    /// <returns>False when another writer changed the cluster or one of the exposures.</returns>
    private async Task<bool> TryForgetAsync(
        string partition,
        IReadOnlyList<KeyValuePair<string, Stored<ExposureDocument>>> exposures,
        CancellationToken cancellationToken
    )
    {
        if (await store.FindAsync<ClusterDocument>(partition, Documents.Cluster, cancellationToken) is not { } cluster)
        {
            return true;
        }

        if (cluster.Document.JournaledBatch is not null)
        {
            return false;
        }

        await ForgetHistoriesAsync(partition, exposures.Select(exposure => exposure.Key), cancellationToken);
        var releases = await ReleaseClaimsAsync(partition, exposures, cancellationToken);
        var room = Math.Max(0, store.MostChanges - 1 - (OwnDocuments * exposures.Count));
        if (releases.Count > room)
        {
            // The rest follows in the next commit. The exposures are still there, so a crash between the two loses nothing.
            var first = releases.Take(Math.Min(releases.Count - room, store.MostChanges - 1)).ToList();
            var fewer = cluster.Document with { Ports = Math.Max(0, cluster.Document.Ports - first.Count(one => one.FreesPort)) };
            return await store.TryCommitAsync(
                    partition,
                    [.. first.Select(one => one.Change), StateChange.Put(Documents.Cluster, fewer, cluster.Version)],
                    cancellationToken
                ) && await TryForgetAsync(partition, exposures, cancellationToken);
        }

        var after = cluster.Document with { Ports = Math.Max(0, cluster.Document.Ports - releases.Count(one => one.FreesPort)) };
        return await store.TryCommitAsync(
            partition,
            [
                .. releases.Select(one => one.Change),
                .. exposures.Select(exposure => StateChange.Delete(Documents.Exposure(exposure.Key), exposure.Value.Version)),
                .. exposures.Select(exposure => StateChange.Delete(Documents.ExposureStatus(exposure.Key))),
                StateChange.Put(Documents.Cluster, after, cluster.Version),
            ],
            cancellationToken
        );
    }

    /// <returns>The writes, each with whether a port becomes free.</returns>
    private async Task<List<(StateChange Change, bool FreesPort)>> ReleaseClaimsAsync(
        string partition,
        IReadOnlyList<KeyValuePair<string, Stored<ExposureDocument>>> exposures,
        CancellationToken cancellationToken
    )
    {
        var writes = new List<(StateChange, bool)>();
        var held = exposures
            .SelectMany(exposure => ExposureClaim.Of(exposure.Value.Document.Spec).Select(claim => (Claim: claim, Exposure: exposure.Key)))
            .GroupBy(one => one.Claim.Thing);
        foreach (var thing in held)
        {
            var key = Documents.Claims + thing.Key;
            if (await store.FindAsync<ClaimDocument>(partition, key, cancellationToken) is not { } claim)
            {
                continue;
            }

            var others = claim
                .Document.Holders.Where(holder => thing.All(one => one.Exposure != holder.Key))
                .ToDictionary(StringComparer.Ordinal);
            if (others.Count == claim.Document.Holders.Count)
            {
                continue; // released by an earlier commit
            }

            writes.Add(
                others.Count == 0
                    ? (StateChange.Delete(key, claim.Version), thing.First().Claim.IsPort)
                    : (StateChange.Put(key, new ClaimDocument(others), claim.Version), false)
            );
        }

        return writes;
    }

    /// <summary>
    /// Before the exposures themselves: while they exist nobody can create them again, so no history of a new exposure is deleted.
    /// </summary>
    private async Task ForgetHistoriesAsync(string partition, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        foreach (var ring in names.SelectMany(name => (string[])[Documents.History(name), Documents.Requests(name)]))
        {
            var entries = await store.ListAsync(partition, ring, null, ResourceStatus.HistoryLimit, cancellationToken);
            await store.CommitAllAsync(partition, [.. entries.Select(entry => StateChange.Delete(entry.Key))], cancellationToken);
        }
    }
}
