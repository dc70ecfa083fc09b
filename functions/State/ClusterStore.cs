using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Telemetry;

namespace MeshPort.State;

/// <summary>Decides what becomes of a cluster, pure. No document after it: nothing is written.</summary>
internal delegate (PutOutcome Outcome, ClusterDocument? After, string? Detail) DecideCluster(ClusterDocument? before, DateTimeOffset now);

/// <summary>What is wanted of clusters, with what has been observed of them.</summary>
internal sealed class ClusterStore(IStateStore store, TimeProvider time)
{
    /// <summary>The cluster's spec, status and progress, from one read of the store.</summary>
    /// <returns>Null when the cluster does not exist.</returns>
    public Task<ClusterState?> LoadAsync(ClusterId id, CancellationToken cancellationToken) =>
        ClusterState.FindAsync(store, id, cancellationToken);

    public async Task<Resource<ClusterSpec>?> GetAsync(ClusterId id, CancellationToken cancellationToken) =>
        (await LoadAsync(id, cancellationToken))?.Resource;

    /// <summary>The spec that a station's question is about; null when it has changed since, or is not wanted any more.</summary>
    public async Task<ClusterSpec?> FindSpecAsync(StepInput question, CancellationToken cancellationToken) =>
        await FindAsync(question.Cluster, cancellationToken) is { } cluster && cluster.Metadata.Generation == question.Generation
            ? cluster.Spec
            : null;

    public async Task<ClusterDocument?> FindAsync(ClusterId id, CancellationToken cancellationToken) =>
        (await store.FindAsync<ClusterDocument>(Documents.Partition(id), Documents.Cluster, cancellationToken))?.Document;

    /// <summary>Every cluster that is wanted or still being removed.</summary>
    public async Task<IReadOnlyList<ClusterId>> ListIdsAsync(CancellationToken cancellationToken) =>
        [
            .. (await store.ListAllAsync<ClusterIndexDocument>(Documents.Index, "", cancellationToken))
                .OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => entry.Value.Document.Id),
        ];

    /// <summary>A page of those of a resource group.</summary>
    /// <param name="group">With no name.</param>
    /// <param name="after">The cluster to begin behind.</param>
    public async Task<IReadOnlyList<ClusterId>> ListIdsAsync(
        ClusterId group,
        ClusterId? after,
        int limit,
        CancellationToken cancellationToken
    ) =>
        [
            .. (
                await store.ListAsync(
                    Documents.Index,
                    Documents.Partition(group),
                    after is { } cluster ? Documents.Partition(cluster) : null,
                    limit,
                    cancellationToken
                )
            ).Select(row => MeshPortJson.Read<ClusterIndexDocument>(row.Body).Id),
        ];

    /// <param name="isRehearsal">Only says what would become of it.</param>
    public Task<PutResult<ClusterSpec>> PutAsync(
        ClusterId id,
        ClusterSpec spec,
        Precondition precondition,
        Requester by,
        CancellationToken cancellationToken,
        bool isRehearsal = false
    ) =>
        ChangeAsync(
            id,
            (before, now) =>
            {
                if (precondition.Violation(before?.Metadata.Etag) is { } violation)
                {
                    return (PutOutcome.PreconditionFailed, null, violation);
                }

                if (before is null)
                {
                    return (PutOutcome.Created, new ClusterDocument(id, spec, Metadata.Next(null, id.Path, id.Name, now), 1), null);
                }

                return before switch
                {
                    { Removal: not null } => (
                        PutOutcome.BeingDeleted,
                        before,
                        $"Cluster {id.Name} is being removed; PUT it again when it is gone."
                    ),
                    _ when MeshPortJson.IsSame(before.Spec, spec) => (PutOutcome.Unchanged, before, null),
                    _ => (
                        PutOutcome.Updated,
                        before with
                        {
                            Spec = spec,
                            Metadata = Metadata.Next(before.Metadata, before.Metadata.Id, before.Metadata.Name, now),
                            Change = before.Change + 1,
                        },
                        null
                    ),
                };
            },
            by,
            cancellationToken,
            isRehearsal
        );

    /// <summary>Asks for the removal of a cluster, and of its exposures with it.</summary>
    /// <param name="isRehearsal">Only says what would become of it.</param>
    public Task<PutResult<ClusterSpec>> DeleteAsync(
        ClusterId id,
        bool keepAzure,
        Precondition precondition,
        Requester by,
        CancellationToken cancellationToken,
        bool isRehearsal = false
    ) =>
        ChangeAsync(
            id,
            (before, now) =>
                before switch
                {
                    null => (PutOutcome.NotFound, null, null),
                    _ when precondition.Violation(before.Metadata.Etag) is { } violation => (
                        PutOutcome.PreconditionFailed,
                        null,
                        violation
                    ),
                    { Removal: { } removal } when removal.KeepAzure == keepAzure || removal.KeepAzure => (
                        PutOutcome.Unchanged,
                        before,
                        null
                    ),
                    _ => (
                        PutOutcome.Deleting,
                        before with
                        {
                            Removal = new Removal(keepAzure),
                            Metadata = before.Metadata.Deleted(now),
                            Change = before.Change + 1,
                        },
                        null
                    ),
                },
            by,
            cancellationToken,
            isRehearsal
        );

    /// <summary>Asks for a convergence though nothing has changed.</summary>
    /// <returns>The operation that follows it; null when there is no such cluster.</returns>
    public async Task<string?> AskAgainAsync(ClusterId id, Requester by, CancellationToken cancellationToken) =>
        (
            await ChangeAsync(
                id,
                (before, _) =>
                    before is null
                        ? (PutOutcome.NotFound, null, null)
                        : (PutOutcome.Updated, before with { Change = before.Change + 1, Look = before.Change + 1 }, null),
                by,
                cancellationToken
            )
        ).OperationId;

    /// <summary>Asks for a look at a cluster that nobody follows: without an operation, and not twice before a convergence has begun.</summary>
    /// <param name="entry">For its history; null when there is nothing to tell.</param>
    public Task LookAgainAsync(ClusterId id, HistoryEntry? entry, CancellationToken cancellationToken) =>
        CommitLoop.RunAsync($"Cluster {id.Name}", () => TryLookAgainAsync(id, entry, cancellationToken), cancellationToken);

    /// <summary>Erases what is kept of a cluster whose removal was asked for. Its operations can still be read for a while (<see cref="Operations"/>).</summary>
    /// <returns>False when it was written meanwhile; then this is done again.</returns>
    public async Task<bool> TryForgetAsync(ClusterId id, IReadOnlyList<Step> steps, CancellationToken cancellationToken)
    {
        var partition = Documents.Partition(id);
        if (
            await store.FindAsync<ClusterDocument>(partition, Documents.Cluster, cancellationToken)
            is not { Document.Removal: not null } cluster
        )
        {
            return true; // a step that was not recorded is repeated, and somebody may have made the cluster anew
        }

        var rows = await store.ListKeysAsync(partition, cancellationToken);
        string[] kept = [Documents.OpenOperations, Documents.EndedOperations];
        var others = rows.Where(key => key != Documents.Cluster && !kept.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)));

        await store.TryCommitAsync(Documents.Gone, [StateChange.Put(partition, new GoneDocument(id, time.GetUtcNow()))], cancellationToken);

        // The cluster's own document goes last: as long as it is there, this is done again.
        await store.CommitAllAsync(partition, [.. others.Select(key => StateChange.Delete(key))], cancellationToken);
        await store.TryCommitAsync(Documents.Index, [StateChange.Delete(partition)], cancellationToken);
        var open = await store.ListAllAsync<OperationDocument>(partition, Documents.OpenOperations, cancellationToken);
        var ends = open
            .Values.SelectMany(operation =>
                operation.Document.End(OperationOutcome.OfRemoval(operation.Document, cluster.Document), steps, time.GetUtcNow())
            )
            .ToList();
        var last = Math.Min(ends.Count, (store.MostChanges - 1) / 2 * 2);
        await store.CommitAllAsync(partition, ends[..^last], cancellationToken);
        return await store.TryCommitAsync(
            partition,
            [StateChange.Delete(Documents.Cluster, cluster.Version), .. ends[^last..]],
            cancellationToken
        ); // who reads that it has succeeded finds it gone
    }

    private async Task<Committed<bool>?> TryLookAgainAsync(ClusterId id, HistoryEntry? entry, CancellationToken cancellationToken)
    {
        var partition = Documents.Partition(id);
        if (await LoadAsync(id, cancellationToken) is not { } found)
        {
            return new(false);
        }

        // A look that no convergence has begun with yet will see what this call is about.
        if (entry is null && found.Document.Look > found.Progress.Began)
        {
            return new(false);
        }

        var change = found.Document.Change + 1;
        var after = found.Document with { Change = change, Look = change, Asked = found.Document.Asked + (entry is null ? 0 : 1) };
        List<StateChange> changes = [StateChange.Put(Documents.Cluster, after, found.Version)];
        if (entry is not null)
        {
            changes.Add(StateChange.Put(Documents.Request(null, after.Asked), entry));
        }

        return await store.TryCommitAsync(partition, changes, cancellationToken) ? new(true) : null;
    }

    private Task<PutResult<ClusterSpec>> ChangeAsync(
        ClusterId id,
        DecideCluster decide,
        Requester by,
        CancellationToken cancellationToken,
        bool isRehearsal = false
    ) => CommitLoop.RunAsync($"Cluster {id.Name}", () => TryChangeAsync(id, decide, by, isRehearsal, cancellationToken), cancellationToken);

    private async Task<Committed<PutResult<ClusterSpec>>?> TryChangeAsync(
        ClusterId id,
        DecideCluster decide,
        Requester by,
        bool isRehearsal,
        CancellationToken cancellationToken
    )
    {
        var partition = Documents.Partition(id);
        var found = await LoadAsync(id, cancellationToken);
        var now = time.GetUtcNow();
        var (outcome, after, detail) = decide(found?.Document, now);
        var result = new PutResult<ClusterSpec>(outcome, after is null ? null : Resource(after, found), Detail: detail);
        if (after is null || !result.IsChange || isRehearsal)
        {
            return new(result);
        }

        if (found is null)
        {
            // Before the cluster itself, so that no cluster is ever without a watchdog.
            await store.TryCommitAsync(Documents.Index, [StateChange.Put(partition, new ClusterIndexDocument(id))], cancellationToken);
        }

        after = after with { Asked = after.Asked + 1 };
        var isLook = after.Metadata.Generation == found?.Document.Metadata.Generation;
        var operation = new OperationDocument(Guid.NewGuid().ToString("N"), null, after.Change, now)
        {
            CorrelationId = by.CorrelationId,
            Trace = Spans.Current,
            Generation = isLook ? null : after.Metadata.Generation,
        };
        var entry = isLook
            ? SpecChange.Look(by, now)
            : SpecChange.Entry(outcome, found?.Document.Spec, after.Spec, after.Metadata.Generation, by, now);
        List<StateChange> changes =
        [
            StateChange.Put(Documents.Cluster, after, found?.Version ?? StateChange.New),
            StateChange.Put(Documents.OpenOperations + operation.Id, operation),
            StateChange.Put(Documents.Request(null, after.Asked), entry),
        ];
        if (found is null)
        {
            // A late convergence of an earlier cluster of that name may have left its progress.
            changes.Insert(0, StateChange.Put(Documents.Convergence, ConvergenceDocument.None));
        }

        return await store.TryCommitAsync(partition, changes, cancellationToken) ? new(result with { OperationId = operation.Id }) : null;
    }

    private static Resource<ClusterSpec> Resource(ClusterDocument after, ClusterState? before) =>
        new(after.Spec, after.Metadata, before?.Resource.Status ?? ResourceStatus.New(ConditionTypes.OfCluster, after.Metadata.CreatedAt));
}
