using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Telemetry;

namespace MeshPort.State;

/// <summary>The desired state of clusters, read together with the observed state.</summary>
internal sealed class ClusterStore(IStateStore store, TimeProvider time)
{
    /// <summary>The cluster's spec, status and progress, from one read of the store.</summary>
    /// <returns>Null when the cluster does not exist.</returns>
    public Task<ClusterState?> LoadAsync(ClusterId id, CancellationToken cancellationToken) =>
        ClusterState.FindAsync(store, id, cancellationToken);

    public async Task<Resource<ClusterSpec>?> GetAsync(ClusterId id, CancellationToken cancellationToken) =>
        (await LoadAsync(id, cancellationToken))?.Resource;

    /// <summary>The spec that a step works on; null when the spec has changed or the cluster no longer exists.</summary>
    public Task<ClusterSpec?> FindSpecAsync(StepInput question, CancellationToken cancellationToken) =>
        FindSpecAsync(question.Cluster, question.Generation, cancellationToken);

    /// <inheritdoc cref="FindSpecAsync(StepInput, CancellationToken)"/>
    public async Task<ClusterSpec?> FindSpecAsync(ClusterId id, long generation, CancellationToken cancellationToken) =>
        await FindAsync(id, cancellationToken) is { } cluster && cluster.Metadata.Generation == generation ? cluster.Spec : null;

    public async Task<ClusterDocument?> FindAsync(ClusterId id, CancellationToken cancellationToken) =>
        (await store.FindAsync<ClusterDocument>(Documents.Partition(id), Documents.Cluster, cancellationToken))?.Document;

    /// <summary>All clusters, including those being deleted.</summary>
    public async Task<IReadOnlyList<ClusterId>> ListIdsAsync(CancellationToken cancellationToken) =>
        [
            .. (await store.ListAllAsync<ClusterIndexDocument>(Documents.Index, "", cancellationToken))
                .OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => entry.Value.Document.Id),
        ];

    /// <summary>A page of the clusters of a resource group.</summary>
    /// <param name="group">An id without a name.</param>
    /// <param name="after">The last cluster of the previous page; null for the first page.</param>
    public async Task<IReadOnlyList<ClusterId>> ListIdsAsync(
        ClusterId group,
        ClusterId? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var last = after is { } cluster ? Documents.Partition(cluster) : null;
        var rows = await store.ListAsync(Documents.Index, Documents.Partition(group), last, limit, cancellationToken);
        return [.. rows.Select(row => MeshPortJson.Read<ClusterIndexDocument>(row.Body).Id)];
    }

    public Task<PutResult<ClusterSpec>> PutAsync(
        ClusterId id,
        ClusterSpec spec,
        Precondition precondition,
        Requester by,
        CancellationToken cancellationToken
    ) => ChangeAsync(id, (before, now) => Put(id, spec, precondition, before, now), by, cancellationToken);

    /// <summary>Returns the result that <see cref="PutAsync"/> would have; writes nothing.</summary>
    public Task<PutResult<ClusterSpec>> DecidePutAsync(
        ClusterId id,
        ClusterSpec spec,
        Precondition precondition,
        CancellationToken cancellationToken
    ) => DecideAsync(id, (before, now) => Put(id, spec, precondition, before, now), cancellationToken);

    /// <summary>Requests the deletion of a cluster together with its exposures.</summary>
    /// <param name="keepAzure">Keeps the Azure resources.</param>
    public Task<PutResult<ClusterSpec>> DeleteAsync(
        ClusterId id,
        bool keepAzure,
        Precondition precondition,
        Requester by,
        CancellationToken cancellationToken
    ) => ChangeAsync(id, (before, now) => ClusterDecision.Delete(keepAzure, precondition, before?.Document, now), by, cancellationToken);

    /// <summary>Returns the result that <see cref="DeleteAsync"/> would have; writes nothing.</summary>
    public Task<PutResult<ClusterSpec>> DecideDeleteAsync(
        ClusterId id,
        bool keepAzure,
        Precondition precondition,
        CancellationToken cancellationToken
    ) => DecideAsync(id, (before, now) => ClusterDecision.Delete(keepAzure, precondition, before?.Document, now), cancellationToken);

    /// <summary>Requests a convergence of the unchanged spec.</summary>
    /// <returns>The operation; null when the cluster does not exist.</returns>
    public async Task<string?> ReconcileAsync(ClusterId id, Requester by, CancellationToken cancellationToken) =>
        (await ChangeAsync(id, (before, _) => ClusterDecision.Reconcile(before?.Document), by, cancellationToken)).OperationId;

    /// <summary>
    /// Requests a convergence without an operation, for an event. Does nothing when such a request is already waiting, unless it has news
    /// for the history.
    /// </summary>
    /// <param name="news">An entry for the cluster's history.</param>
    public Task RequestLookAsync(ClusterId id, HistoryEntry? news, CancellationToken cancellationToken) =>
        CommitLoop.RunAsync($"Cluster {id.Name}", () => TryRequestLookAsync(id, news, cancellationToken), cancellationToken);

    private async Task<Committed<bool>?> TryRequestLookAsync(ClusterId id, HistoryEntry? news, CancellationToken cancellationToken)
    {
        if (
            await LoadAsync(id, cancellationToken) is not { Document: var cluster } found
            || (news is null && cluster.Reconcile > found.Progress.Began) // no convergence has begun since the last request
        )
        {
            return new(false);
        }

        var change = cluster.Change + 1;
        var after = cluster with { Change = change, Reconcile = change, Requests = cluster.Requests + (news is null ? 0 : 1) };
        List<StateChange> changes = [StateChange.Put(Documents.Cluster, after, found.Version)];
        if (news is not null)
        {
            changes.Add(StateChange.Put(Documents.Request(null, after.Requests), news));
        }

        return await store.TryCommitAsync(Documents.Partition(id), changes, cancellationToken) ? new(true) : null;
    }

    private async Task<PutResult<ClusterSpec>> DecideAsync(
        ClusterId id,
        Func<ClusterState?, DateTimeOffset, ClusterDecision> decide,
        CancellationToken cancellationToken
    )
    {
        var found = await LoadAsync(id, cancellationToken);
        return Result(decide(found, time.GetUtcNow()), found);
    }

    private Task<PutResult<ClusterSpec>> ChangeAsync(
        ClusterId id,
        Func<ClusterState?, DateTimeOffset, ClusterDecision> decide,
        Requester by,
        CancellationToken cancellationToken
    ) => CommitLoop.RunAsync($"Cluster {id.Name}", () => TryChangeAsync(id, decide, by, cancellationToken), cancellationToken);

    private async Task<Committed<PutResult<ClusterSpec>>?> TryChangeAsync(
        ClusterId id,
        Func<ClusterState?, DateTimeOffset, ClusterDecision> decide,
        Requester by,
        CancellationToken cancellationToken
    )
    {
        var found = await LoadAsync(id, cancellationToken);
        var now = time.GetUtcNow();
        var decision = decide(found, now);
        var result = Result(decision, found);
        if (decision.After is not { } decided || !result.IsChange)
        {
            return new(result);
        }

        var partition = Documents.Partition(id);
        if (found is null)
        {
            // Before the cluster itself: the watchdog finds every cluster in this list.
            await store.TryCommitAsync(Documents.Index, [StateChange.Put(partition, new ClusterIndexDocument(id))], cancellationToken);
        }

        var after = decided with { Requests = decided.Requests + 1 };
        var isReconcile = after.Metadata.Generation == found?.Document.Metadata.Generation;
        var operation = new OperationDocument(OperationDocument.NewId(now), null, after.Change, now)
        {
            CorrelationId = by.CorrelationId,
            Trace = Spans.Current,
            Generation = isReconcile ? null : after.Metadata.Generation,
        };
        var entry = isReconcile
            ? SpecChange.Reconcile(by, now)
            : SpecChange.Entry(result.Outcome, found?.Document.Spec, after.Spec, after.Metadata.Generation, by, now);
        List<StateChange> changes =
        [
            StateChange.Put(Documents.Cluster, after, found?.Version ?? StateChange.New),
            StateChange.Put(Documents.OpenOperations + operation.Id, operation),
            StateChange.Put(Documents.Request(null, after.Requests), entry),
        ];
        if (found is null)
        {
            // A late convergence of an earlier cluster of that name may have left its progress.
            changes.Insert(0, StateChange.Put(Documents.Convergence, ConvergenceDocument.None));
        }

        return await store.TryCommitAsync(partition, changes, cancellationToken) ? new(result with { OperationId = operation.Id }) : null;
    }

    private static ClusterDecision Put(
        ClusterId id,
        ClusterSpec spec,
        Precondition precondition,
        ClusterState? before,
        DateTimeOffset now
    ) => ClusterDecision.Put(id, spec, precondition, before?.Document, before?.Resource.Status ?? new ResourceStatus(), now);

    private static PutResult<ClusterSpec> Result(ClusterDecision decision, ClusterState? before) =>
        new(
            decision.Outcome,
            decision.After is not { } after
                ? null
                : new Resource<ClusterSpec>(
                    after.Spec,
                    after.Metadata,
                    before?.Resource.Status ?? ResourceStatus.New(ConditionTypes.OfCluster, after.Metadata.CreatedAt)
                ),
            Detail: decision.Detail,
            Pointer: decision.Pointer,
            Before: before?.Document.Spec
        );
}
