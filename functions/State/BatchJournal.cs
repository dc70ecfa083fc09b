using MeshPort.Model;

namespace MeshPort.State;

/// <summary>
/// Writes a batch of changes that needs several commits as if it were one. First it stores the parts of the batch. The commit that sets
/// <see cref="ClusterDocument.JournaledBatch"/> accepts the batch. Then it applies part after part; every reader that needs the whole batch
/// completes it first, because the writer may have died. Each step checks the cluster's version, so no part is applied twice and no clock
/// matters.
/// </summary>
internal sealed class BatchJournal(IStateStore store, TimeProvider time)
{
    /// <summary>
    /// Characters in a part. As JSON within JSON they grow to less than four times as many, which still fits one document.
    /// </summary>
    private const int MostCharacters = 128 * 1024;

    /// <param name="after">The cluster after the batch.</param>
    /// <param name="version">The version of the cluster that the batch was decided on.</param>
    /// <returns>False when another writer was faster; then nothing was changed.</returns>
    public async Task<bool> TryWriteAsync(
        ClusterDocument after,
        string version,
        OperationDocument operation,
        IReadOnlyList<StateChange> changes,
        CancellationToken cancellationToken
    )
    {
        var partition = Documents.Partition(after.Id);
        var batch = OperationDocument.NewId(time.GetUtcNow()); // new for each attempt: a message may be handled twice at the same time
        var parts = Parts(batch, operation, changes);
        await store.CommitAllAsync(partition, parts, cancellationToken);

        // The change number already counts the batch, so a convergence completes it if this process dies now.
        var accepted = after with
        {
            JournaledBatch = new JournaledBatch(batch, 0),
        };
        if (
            !await store.TryCommitAsync(partition, [StateChange.Put(Documents.Cluster, accepted, version)], cancellationToken)
            // The commit may have been made and its answer lost, with a reader that has applied parts since.
            && (await ClusterState.FindAsync(store, after.Id, CancellationToken.None))?.Document.JournaledBatch?.Id != batch
        )
        {
            await store.CommitAllAsync(partition, [.. parts.Select(part => StateChange.Delete(part.Key))], cancellationToken);
            return false;
        }

        // Accepted: a caller that hangs up takes nothing back.
        await CompleteAsync(after.Id, CancellationToken.None);
        return true;
    }

    /// <summary>Applies the rest of an accepted batch, if there is one.</summary>
    /// <returns>The cluster without a batch in progress; null when it does not exist.</returns>
    public async Task<ClusterState?> CompleteAsync(ClusterId id, CancellationToken cancellationToken)
    {
        while (true)
        {
            var cluster = await ClusterState.FindAsync(store, id, cancellationToken);
            if (cluster?.Document.JournaledBatch is not { } batch)
            {
                return cluster;
            }

            var key = Documents.JournalPart(batch.Id, batch.AppliedParts);
            var part = await store.FindAsync<JournalPart>(Documents.Partition(id), key, cancellationToken);
            // If another writer was faster, the next round sees its work.
            await (
                part is not { Document: var found } ? TryDropAsync(cluster, cancellationToken)
                : found.Operation is { } operation ? TryEndAsync(cluster, batch, operation, cancellationToken)
                : TryApplyAsync(cluster, batch, found, cancellationToken)
            );
        }
    }

    /// <summary>
    /// Forgets a batch whose part is gone: its writer saw no acceptance, since that commit came late, and decides its request anew.
    /// </summary>
    private Task TryDropAsync(ClusterState cluster, CancellationToken cancellationToken)
    {
        var after = cluster.Document with { JournaledBatch = null };
        return store.TryCommitAsync(
            Documents.Partition(after.Id),
            [StateChange.Put(Documents.Cluster, after, cluster.Version)],
            cancellationToken
        );
    }

    private List<StateChange> Parts(string batch, OperationDocument operation, IReadOnlyList<StateChange> changes)
    {
        var now = time.GetUtcNow();
        var parts = StateChange.Chunk(changes, store.MostChanges - 1, MostCharacters); // one change less: each commit includes the cluster
        return
        [
            .. parts.Select((part, number) => StateChange.Put(Documents.JournalPart(batch, number), new JournalPart(part, null, now))),
            StateChange.Put(Documents.JournalPart(batch, parts.Count), new JournalPart([], operation, now)),
        ];
    }

    private Task TryApplyAsync(ClusterState cluster, JournaledBatch batch, JournalPart part, CancellationToken cancellationToken)
    {
        var after = cluster.Document with { JournaledBatch = batch with { AppliedParts = batch.AppliedParts + 1 } };
        return store.TryCommitAsync(
            Documents.Partition(after.Id),
            [.. part.Changes, StateChange.Put(Documents.Cluster, after, cluster.Version)],
            cancellationToken
        );
    }

    private async Task TryEndAsync(
        ClusterState cluster,
        JournaledBatch batch,
        OperationDocument operation,
        CancellationToken cancellationToken
    )
    {
        var after = cluster.Document with { Change = cluster.Document.Change + 1, JournaledBatch = null };
        var partition = Documents.Partition(after.Id);
        StateChange[] end =
        [
            StateChange.Put(Documents.Cluster, after, cluster.Version),
            StateChange.Put(Documents.OpenOperations + operation.Id, operation with { Change = after.Change }),
        ];
        if (await store.TryCommitAsync(partition, end, cancellationToken))
        {
            var parts = Enumerable.Range(0, batch.AppliedParts + 1).Select(number => Documents.JournalPart(batch.Id, number));
            await store.CommitAllAsync(partition, [.. parts.Select(part => StateChange.Delete(part))], cancellationToken);
        }
    }
}
