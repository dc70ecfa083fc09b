using MeshPort.Model;
using MeshPort.Telemetry;

namespace MeshPort.State;

/// <summary>Decides on requests for exposures and stores those that it accepts.</summary>
internal sealed class ExposureRequests(IStateStore store, WriterLocks locks, Limits limits, TimeProvider time)
{
    private readonly BatchJournal _journal = new(store, time);
    private readonly ClaimReader _claims = new(store, limits);

    public async Task<PutResult<ExposureSpec>> PutAsync(
        ClusterId id,
        string name,
        ExposureSpec spec,
        Precondition precondition,
        Requester by,
        CancellationToken cancellationToken
    ) => (await ChangeAsync(id, [new ExposureChange(name, spec, precondition)], partial: false, by, cancellationToken)).Single;

    public async Task<PutResult<ExposureSpec>> DeleteAsync(
        ClusterId id,
        string name,
        Precondition precondition,
        Requester by,
        CancellationToken cancellationToken
    ) => (await ChangeAsync(id, [new ExposureChange(name, null, precondition)], partial: false, by, cancellationToken)).Single;

    /// <summary>Returns the result that a request would have; writes nothing.</summary>
    /// <param name="partial">As of a request.</param>
    public async Task<ExposuresResult> PreviewAsync(
        ClusterId id,
        IReadOnlyList<ExposureChange> changes,
        bool partial,
        CancellationToken cancellationToken
    ) => (await DecideAsync(id, changes, partial, cancellationToken)).Result;

    /// <summary>Claims ports and workloads for the exposures and stores them, as one operation.</summary>
    /// <param name="changes">Each name at most once.</param>
    /// <param name="partial">Accepts some although others are refused; otherwise all or none.</param>
    /// <exception cref="TimeoutException">Other writers were faster every time.</exception>
    public Task<ExposuresResult> ChangeAsync(
        ClusterId id,
        IReadOnlyList<ExposureChange> changes,
        bool partial,
        Requester by,
        CancellationToken cancellationToken
    ) => locks.RunAsync(id, () => TryChangeAsync(id, changes, partial, by, null, cancellationToken), cancellationToken);

    /// <summary>As <see cref="ChangeAsync"/>, all or none. It changes nothing when the operation exists already.</summary>
    /// <param name="operation">The id of the operation to open.</param>
    /// <returns>Without items when the operation exists already. Without an operation when the changes ask for what exists.</returns>
    public Task<ExposuresResult> ChangeOnceAsync(
        ClusterId id,
        IReadOnlyList<ExposureChange> changes,
        string operation,
        Requester by,
        CancellationToken cancellationToken
    ) => locks.RunAsync(id, () => TryChangeAsync(id, changes, partial: false, by, operation, cancellationToken), cancellationToken);

    /// <param name="once">The id of an operation that may exist already; null opens a new one.</param>
    /// <returns>Null when another writer was faster.</returns>
    private async Task<ExposuresResult?> TryChangeAsync(
        ClusterId id,
        IReadOnlyList<ExposureChange> changes,
        bool partial,
        Requester by,
        string? once,
        CancellationToken cancellationToken
    )
    {
        var decision = await DecideAsync(id, changes, partial, cancellationToken);

        // After the read of the cluster, whose version the commit requires: another writer cannot open the operation in between.
        if (once is not null && await store.FindOperationAsync(Documents.Partition(id), once, cancellationToken) is not null)
        {
            return new ExposuresResult(null, once, []);
        }

        if (decision.Cluster is not { } cluster)
        {
            return decision.Result;
        }

        if (decision.Changed.Count == 0)
        {
            var isHandled =
                once is null
                || decision.Result.Items.Any(item => item.Result.IsRefused)
                || await TryRememberAsync(cluster, once, decision.Now, by, cancellationToken);
            return isHandled ? decision.Result : null;
        }

        var operation = once ?? OperationDocument.NewId(decision.Now);
        var isStored =
            await TryCommitAsync(cluster, decision, operation, by, cancellationToken)
            // The answer may have been lost, and others may have written the cluster since. The new id tells that the commit was made.
            // The id of a message does not, since another process may handle the same message.
            || (once is null && await store.FindOperationAsync(Documents.Partition(id), operation, CancellationToken.None) is not null);
        return isStored ? decision.Result with { OperationId = operation } : null;
    }

    /// <summary>
    /// Stores an ended operation without exposures for a request that asks for what exists: when it returns, a newer request may have
    /// changed that.
    /// </summary>
    /// <returns>False when another writer was faster.</returns>
    private Task<bool> TryRememberAsync(
        ClusterState cluster,
        string operationId,
        DateTimeOffset now,
        Requester by,
        CancellationToken cancellationToken
    )
    {
        var operation = new OperationDocument(operationId, [], cluster.Document.Change, now, OperationStatus.Succeeded, now, [])
        {
            CorrelationId = by.CorrelationId,
            Trace = Spans.Current,
        };
        return store.TryCommitAsync(
            Documents.Partition(cluster.Document.Id),
            [
                StateChange.Put(Documents.Cluster, cluster.Document, cluster.Version),
                StateChange.Put(Documents.EndedOperations + operationId, operation),
            ],
            cancellationToken
        );
    }

    private async Task<Decision> DecideAsync(
        ClusterId id,
        IReadOnlyList<ExposureChange> changes,
        bool partial,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var cluster = await _journal.CompleteAsync(id, cancellationToken);
        if (cluster is not { Document.Removal: null })
        {
            var refusal = cluster is null ? PutOutcome.ClusterNotFound : PutOutcome.BeingDeleted;
            return new Decision(null, now, new ExposuresResult(refusal, null, []), null);
        }

        var claims = await _claims.ReadAsync(cluster, changes, now, cancellationToken);
        var results = changes.Zip(claims.Decide(changes), (change, result) => new ExposureResult(change.Name, result)).ToList();
        var isHeldBack = !partial && results.Exists(item => item.Result.IsRefused);
        var decided = isHeldBack
            ? new ExposuresResult(null, null, results.ConvertAll(HoldBack))
            : new ExposuresResult(null, null, results) { Displaced = [.. claims.Displaced] };
        return new Decision(cluster, now, decided, claims);
    }

    private static ExposureResult HoldBack(ExposureResult item) =>
        item.Result.IsChange
            ? item with
            {
                Result = new PutResult<ExposureSpec>(
                    PutOutcome.HeldBack,
                    null,
                    Detail: "Other exposures of the same request were refused, so nothing was changed."
                ),
            }
            : item;

    /// <returns>False when another writer was faster.</returns>
    private async Task<bool> TryCommitAsync(
        ClusterState cluster,
        Decision decision,
        string operationId,
        Requester by,
        CancellationToken cancellationToken
    )
    {
        var after = cluster.Document with
        {
            Change = cluster.Document.Change + 1,
            Ports = decision.Claims?.Ports ?? cluster.Document.Ports,
        };
        var operation = new OperationDocument(operationId, decision.Changed.ConvertAll(item => item.Name), after.Change, decision.Now)
        {
            CorrelationId = by.CorrelationId,
            Trace = Spans.Current,
            Removed = [.. decision.Changed.Where(item => item.Result.Outcome == PutOutcome.Deleting).Select(item => item.Name)],
        };
        List<StateChange> writes =
        [
            .. decision.Claims?.Writes ?? [],
            .. decision.Changed.Concat(decision.Result.Displaced).SelectMany(item => Writes(item, after.Change, by, decision.Now)),
        ];
        StateChange[] commit =
        [
            .. writes,
            StateChange.Put(Documents.Cluster, after, cluster.Version),
            StateChange.Put(Documents.OpenOperations + operation.Id, operation),
        ];
        return StateChange.Chunk(commit, store.MostChanges, store.MostCharacters).Count == 1
            ? await store.TryCommitAsync(Documents.Partition(after.Id), commit, cancellationToken)
            : await _journal.TryWriteAsync(after, cluster.Version, operation, writes, cancellationToken);
    }

    private static IEnumerable<StateChange> Writes(ExposureResult item, long change, Requester by, DateTimeOffset now)
    {
        var resource = item.Result.Resource ?? throw new InvalidOperationException($"The change of {item.Name} has no resource.");
        var generation = resource.Metadata.Generation;
        yield return StateChange.Put(Documents.Exposure(item.Name), new ExposureDocument(resource.Spec, resource.Metadata, change));
        yield return StateChange.Put(
            Documents.Request(item.Name, generation),
            SpecChange.Entry(item.Result.Outcome, item.Result.Before, resource.Spec, generation, by, now)
        );
    }

    /// <param name="Cluster">The cluster that the decision is based on; null when the request was refused as a whole.</param>
    /// <param name="Result">Without an operation.</param>
    private sealed record Decision(ClusterState? Cluster, DateTimeOffset Now, ExposuresResult Result, ClaimDecision? Claims)
    {
        public List<ExposureResult> Changed { get; } = [.. Result.Items.Where(item => item.Result.IsChange)];
    }
}
