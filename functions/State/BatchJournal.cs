namespace MeshPort.State;

/// <summary>
/// Changes of one cluster that are too many for one commit, made as one. They are written down first; from the commit that gives the cluster its
/// <see cref="JournaledBatch"/> they are accepted. Whoever finds a turn, if its holder is slow or dead, carries it to its end before deciding anything: each step is fenced by
/// the cluster's version, so that nothing is done twice and no clock has to be trusted.
/// </summary>
internal sealed class BatchJournal(IStateStore store, TimeProvider time)
{
    /// <summary>Of changes that are written down together: as JSON within JSON they grow to less than four times that, and still fit one document.</summary>
    private const int MostCharacters = 128 * 1024;

    /// <param name="after">The cluster when the turn is over, as far as it is known now.</param>
    /// <returns>False when another was faster; then nothing was changed.</returns>
    public async Task<bool> TryBeginAsync(
        string partition,
        ClusterDocument after,
        string version,
        OperationDocument operation,
        IReadOnlyList<StateChange> changes,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var parts = StateChange.Chunk(changes, store.MostChanges - 1, MostCharacters); // each is committed together with the cluster
        List<StateChange> written =
        [
            .. parts.Select(
                (part, number) => StateChange.Put(Documents.Pending(operation.Id, number), new PendingDocument(part, null, now))
            ),
            StateChange.Put(Documents.Pending(operation.Id, parts.Count), new PendingDocument([], operation, now)),
        ];
        await store.CommitAllAsync(partition, written, cancellationToken);

        // Its change number already tells of work, so that a convergence comes by should nobody else.
        if (
            !await store.TryCommitAsync(
                partition,
                [StateChange.Put(Documents.Cluster, after with { JournaledBatch = new JournaledBatch(operation.Id, 0) }, version)],
                cancellationToken
            )
        )
        {
            await store.CommitAllAsync(partition, [.. written.Select(change => StateChange.Delete(change.Key))], cancellationToken);
            return false;
        }

        await FinishAsync(partition, cancellationToken);
        return true;
    }

    /// <summary>Carries the cluster's turn, if it has one, to its end.</summary>
    public async Task FinishAsync(string partition, CancellationToken cancellationToken)
    {
        while (
            await store.FindAsync<ClusterDocument>(partition, Documents.Cluster, cancellationToken)
                is { Document.JournaledBatch: { } turn } found
        )
        {
            if (
                await store.FindAsync<PendingDocument>(partition, Documents.Pending(turn.Operation, turn.Done), cancellationToken) is
                { Document: var pending }
            )
            {
                await TryStepAsync(partition, found, turn, pending, cancellationToken); // if another was faster, or wrote the cluster's spec, it is looked at again
            }
        }
    }

    private async Task TryStepAsync(
        string partition,
        Stored<ClusterDocument> cluster,
        JournaledBatch turn,
        PendingDocument pending,
        CancellationToken cancellationToken
    )
    {
        if (pending.Operation is not { } operation)
        {
            var further = cluster.Document with { JournaledBatch = turn with { Done = turn.Done + 1 } };
            await store.TryCommitAsync(
                partition,
                [.. pending.Changes, StateChange.Put(Documents.Cluster, further, cluster.Version)],
                cancellationToken
            );
            return;
        }

        var over = cluster.Document with { Change = cluster.Document.Change + 1, JournaledBatch = null };
        StateChange[] end =
        [
            StateChange.Put(Documents.Cluster, over, cluster.Version),
            StateChange.Put(Documents.OpenOperations + operation.Id, operation with { Change = over.Change }),
        ];
        if (await store.TryCommitAsync(partition, end, cancellationToken))
        {
            await store.CommitAllAsync(
                partition,
                [.. Enumerable.Range(0, turn.Done + 1).Select(number => StateChange.Delete(Documents.Pending(operation.Id, number)))],
                cancellationToken
            );
        }
    }
}
