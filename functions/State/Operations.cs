using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>
/// The operations of accepted requests. An operation is open until a convergence reaches what the request asked for, or a convergence that
/// began after the request ends.
/// </summary>
internal sealed class Operations(IStateStore store, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <returns>Null when no operation has that id.</returns>
    public async Task<ServedOperation?> FindAsync(ClusterId id, string operation, CancellationToken cancellationToken)
    {
        var partition = Documents.Partition(id);
        return await store.FindOperationAsync(partition, operation, cancellationToken) is { Document: var document }
            ? (await ServeAsync(partition, [document], cancellationToken))[0]
            : null;
    }

    /// <summary>A page of the operations of a cluster, newest first, also when the cluster is deleted.</summary>
    /// <param name="after">The last operation of the previous page; null for the first page.</param>
    public async Task<IReadOnlyList<ServedOperation>> ListAsync(ClusterId id, string? after, int limit, CancellationToken cancellationToken)
    {
        var partition = Documents.Partition(id);
        var found = new SortedDictionary<string, OperationDocument>(StringComparer.Ordinal);
        foreach (var prefix in (string[])[Documents.OpenOperations, Documents.EndedOperations]) // one that ends meanwhile is in both
        {
            foreach (var row in await store.ListAsync(partition, prefix, after is null ? null : prefix + after, limit, cancellationToken))
            {
                found[row.Key[prefix.Length..]] = MeshPortJson.Read<OperationDocument>(row.Body);
            }
        }

        return await ServeAsync(partition, [.. found.Values.Take(limit)], cancellationToken);
    }

    /// <summary>Ends the operations that a convergence has served.</summary>
    /// <param name="change">The change that the convergence worked from.</param>
    /// <param name="began">
    /// The change with which it began. Reconcile requests after that are left to the next convergence, which observes the cluster again.
    /// </param>
    /// <param name="isOver">True ends every operation, as failed without an outcome; false ends only operations with an outcome.</param>
    /// <param name="outcome">Null while the outcome is open.</param>
    /// <returns>The operations that ended, with their outcome.</returns>
    public async Task<IReadOnlyList<OperationDocument>> EndAsync(
        ClusterId id,
        long change,
        long began,
        bool isOver,
        IReadOnlyList<Step> steps,
        Func<OperationDocument, OperationStatus?> outcome,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var writes = new List<StateChange>();
        var ended = new List<OperationDocument>();
        foreach (var open in (await ListOpenAsync(id, change, cancellationToken)).Where(open => !open.IsReconcile || open.Change <= began))
        {
            if ((outcome(open) ?? (isOver ? OperationStatus.Failed : null)) is { } status)
            {
                ended.Add(open with { Status = status, EndedAt = now });
                writes.AddRange(open.End(status, steps, now));
            }
        }

        await store.CommitAllAsync(Documents.Partition(id), writes, cancellationToken);
        return ended;
    }

    /// <summary>The open operations of requests up to a change.</summary>
    public async Task<IReadOnlyList<OperationDocument>> ListOpenAsync(ClusterId id, long change, CancellationToken cancellationToken) =>
        [
            .. (await store.ListAllAsync<OperationDocument>(Documents.Partition(id), Documents.OpenOperations, cancellationToken))
                .Values.Select(open => open.Document)
                .Where(open => open.Change <= change),
        ];

    /// <summary>Deletes operations that ended a week ago, also those of deleted clusters.</summary>
    public async Task ForgetOldAsync(CancellationToken cancellationToken)
    {
        var old = time.GetUtcNow() - Kept;
        foreach (var (partition, _) in await store.ListAllAsync<ClusterIndexDocument>(Documents.Index, "", cancellationToken))
        {
            await ForgetOldAsync(partition, old, cancellationToken);
        }

        foreach (var (partition, cluster) in await store.ListAllAsync<GoneDocument>(Documents.Gone, "", cancellationToken))
        {
            await ForgetOldAsync(partition, old, cancellationToken);
            if (cluster.Document.At < old)
            {
                await store.TryCommitAsync(Documents.Gone, [StateChange.Delete(partition, cluster.Version)], cancellationToken);
            }
        }
    }

    private async Task<IReadOnlyList<ServedOperation>> ServeAsync(
        string partition,
        IReadOnlyList<OperationDocument> operations,
        CancellationToken cancellationToken
    )
    {
        var progress = operations.All(operation => operation.IsOver)
            ? null
            : (await store.FindAsync<ConvergenceDocument>(partition, Documents.Convergence, cancellationToken))?.Document;
        return
        [
            .. operations.Select(operation => new ServedOperation(
                operation,
                !operation.IsOver && progress?.TakenUp >= operation.Change ? progress.Instance : null
            )),
        ];
    }

    private async Task ForgetOldAsync(string partition, DateTimeOffset old, CancellationToken cancellationToken)
    {
        var ended = await store.ListAllAsync<OperationDocument>(partition, Documents.EndedOperations, cancellationToken);
        var parts = await store.ListAllAsync<JournalPart>(partition, Documents.JournalParts, cancellationToken); // their writers died
        StateChange[] forgotten =
        [
            .. ended
                .Where(operation => operation.Value.Document.EndedAt < old)
                .Select(operation => StateChange.Delete(Documents.EndedOperations + operation.Key)),
            .. parts.Where(part => part.Value.Document.At < old).Select(part => StateChange.Delete(Documents.JournalParts + part.Key)),
        ];
        await store.CommitAllAsync(partition, forgotten, cancellationToken);
    }
}

/// <param name="Instance">The orchestration that serves an open operation; null before one does, and after the end.</param>
internal readonly record struct ServedOperation(OperationDocument Operation, string? Instance);
