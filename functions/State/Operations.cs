using MeshPort.Model;

namespace MeshPort.State;

/// <summary>The progress of what was asked for. An operation is open until a convergence that began after it has ended, or has reached what it asked for.</summary>
internal sealed class Operations(IStateStore store, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <returns>The operation, and the orchestration that serves it; null when there is none of that id.</returns>
    public async Task<(OperationDocument Operation, string? Instance)?> FindAsync(
        ClusterId id,
        string operation,
        CancellationToken cancellationToken
    )
    {
        var partition = Documents.Partition(id);
        var found =
            await store.FindAsync<OperationDocument>(partition, Documents.OpenOperations + operation, cancellationToken)
            ?? await store.FindAsync<OperationDocument>(partition, Documents.EndedOperations + operation, cancellationToken);
        if (found is not { Document: var document })
        {
            return null;
        }

        var progress = document.IsOver
            ? null
            : (await store.FindAsync<ConvergenceDocument>(partition, Documents.Convergence, cancellationToken))?.Document;
        return (document, progress?.TakenUp >= document.Change ? progress.Instance : null);
    }

    /// <summary>Ends those that a convergence has served.</summary>
    /// <param name="change">What it worked from.</param>
    /// <param name="isOver">False while it goes on, and then only those that have an outcome are over; else the others have failed.</param>
    /// <param name="outcome">Null: it is not reached.</param>
    /// <returns>Those that have ended.</returns>
    public async Task<IReadOnlyList<OperationDocument>> EndAsync(
        ClusterId id,
        long change,
        bool isOver,
        IReadOnlyList<Step> steps,
        Func<OperationDocument, OperationStatus?> outcome,
        CancellationToken cancellationToken
    )
    {
        var partition = Documents.Partition(id);
        var now = time.GetUtcNow();
        var writes = new List<StateChange>();
        var ended = new List<OperationDocument>();
        foreach (var (_, open) in await store.ListAllAsync<OperationDocument>(partition, Documents.OpenOperations, cancellationToken))
        {
            if (open.Document.Change <= change && (outcome(open.Document) ?? (isOver ? OperationStatus.Failed : null)) is { } status)
            {
                ended.Add(open.Document);
                writes.AddRange(open.Document.End(status, steps, now));
            }
        }

        await store.CommitAllAsync(partition, writes, cancellationToken);
        return ended;
    }

    /// <summary>Those that are open and were asked for up to a change.</summary>
    public async Task<IReadOnlyList<OperationDocument>> ListOpenAsync(ClusterId id, long change, CancellationToken cancellationToken) =>
        [
            .. (await store.ListAllAsync<OperationDocument>(Documents.Partition(id), Documents.OpenOperations, cancellationToken))
                .Values.Select(open => open.Document)
                .Where(open => open.Change <= change),
        ];

    /// <summary>Removes those that ended a week ago, of clusters that are and that were.</summary>
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

    private async Task ForgetOldAsync(string partition, DateTimeOffset old, CancellationToken cancellationToken)
    {
        var ended = await store.ListAllAsync<OperationDocument>(partition, Documents.EndedOperations, cancellationToken);
        var pending = await store.ListAllAsync<PendingDocument>(partition, Documents.PendingChanges, cancellationToken); // of those who died before their turn began
        StateChange[] forgotten =
        [
            .. ended
                .Where(operation => operation.Value.Document.EndedAt < old)
                .Select(operation => StateChange.Delete(Documents.EndedOperations + operation.Key)),
            .. pending.Where(part => part.Value.Document.At < old).Select(part => StateChange.Delete(Documents.PendingChanges + part.Key)),
        ];
        await store.CommitAllAsync(partition, forgotten, cancellationToken);
    }
}
