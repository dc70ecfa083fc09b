using MeshPort.Model;

namespace MeshPort.State;

/// <summary>Deletes the documents of a cluster when its deletion has finished.</summary>
internal sealed class ClusterRemoval(IStateStore store, TimeProvider time)
{
    /// <summary>
    /// Deletes everything but the operations, which stay readable for a while (<see cref="Operations"/>), and ends those that are open.
    /// </summary>
    /// <returns>The operations that ended. Null when the cluster was written meanwhile; then call it again.</returns>
    public async Task<IReadOnlyList<OperationDocument>?> TryForgetAsync(
        ClusterId id,
        IReadOnlyList<Step> steps,
        CancellationToken cancellationToken
    )
    {
        var partition = Documents.Partition(id);
        if (
            await store.FindAsync<ClusterDocument>(partition, Documents.Cluster, cancellationToken)
            is not { Document.Removal: not null } cluster
        )
        {
            return []; // an activity whose result was lost runs again, perhaps after somebody made the cluster again
        }

        await store.TryCommitAsync(Documents.Gone, [StateChange.Put(partition, new GoneDocument(id, time.GetUtcNow()))], cancellationToken);

        // The cluster's own document is deleted last: while it exists, this method runs again.
        var keys = await store.ListKeysAsync(partition, cancellationToken);
        await store.CommitAllAsync(partition, [.. keys.Where(IsForgotten).Select(key => StateChange.Delete(key))], cancellationToken);
        await store.TryCommitAsync(Documents.Index, [StateChange.Delete(partition)], cancellationToken);

        var now = time.GetUtcNow();
        var ended = await EndAsync(partition, cluster.Document, now, cancellationToken);
        var ends = ended.SelectMany(operation => operation.End(operation.Status, steps, now)).ToList();
        var last = Math.Min(ends.Count, (store.MostChanges - 1) / 2 * 2); // an end is two changes
        await store.CommitAllAsync(partition, ends[..^last], cancellationToken);

        // In one commit, so that a caller who reads that the operation succeeded finds the cluster gone.
        StateChange[] end = [StateChange.Delete(Documents.Cluster, cluster.Version), .. ends[^last..]];
        return await store.TryCommitAsync(partition, end, cancellationToken) ? ended : null;
    }

    private static bool IsForgotten(string key) =>
        key != Documents.Cluster
        && !key.StartsWith(Documents.OpenOperations, StringComparison.Ordinal)
        && !key.StartsWith(Documents.EndedOperations, StringComparison.Ordinal);

    private async Task<IReadOnlyList<OperationDocument>> EndAsync(
        string partition,
        ClusterDocument cluster,
        DateTimeOffset now,
        CancellationToken cancellationToken
    ) =>
        [
            .. (await store.ListAllAsync<OperationDocument>(partition, Documents.OpenOperations, cancellationToken))
                .Values.Select(open => open.Document)
                .Select(open => open with { Status = OperationOutcome.OfRemoval(open, cluster), EndedAt = now }),
        ];
}
