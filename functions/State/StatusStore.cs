using MeshPort.Model;
using MeshPort.Telemetry;

namespace MeshPort.State;

/// <summary>
/// Stores what convergences take up and observe. Every request raises the cluster's change number; a convergence stores the number that it
/// worked from. Comparing the two tells whether there is work, so no wake-up can be lost. A cluster has one keeper, so only one convergence
/// writes these documents, but its steps may record the cluster's status at the same time.
/// </summary>
internal sealed class StatusStore(IStateStore store, TimeProvider time)
{
    private readonly BatchJournal _journal = new(store, time);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <returns>Null when the cluster does not exist.</returns>
    public Task<ClusterState?> LoadAsync(ClusterId id, CancellationToken cancellationToken) =>
        ClusterState.FindAsync(store, id, cancellationToken);

    /// <summary>
    /// Takes up every change requested so far: from here on this convergence serves the open operations. Writes nothing when an earlier
    /// convergence has finished the last change: no operation is open then, so no reader needs <see cref="ConvergenceDocument.Instance"/>.
    /// </summary>
    /// <param name="instance">The convergence.</param>
    /// <param name="generation">
    /// The generation that the spec must have when a running convergence takes up more; null when it begins.
    /// </param>
    /// <returns>
    /// Null when the cluster does not exist, its spec has another generation, or another convergence has begun since; then nothing was
    /// taken up.
    /// </returns>
    public async Task<ClusterState?> TakeUpAsync(ClusterId id, string instance, long? generation, CancellationToken cancellationToken)
    {
        if (
            await _journal.CompleteAsync(id, cancellationToken) is not { } state
            || (generation is not null && !MayTakeUpMore(state, instance, generation.Value))
        )
        {
            return null;
        }

        if (!state.IsWork)
        {
            return state;
        }

        var change = state.Document.Change;
        var progress = await ChangeProgressAsync(
            id,
            before => before with { TakenUp = change, Instance = instance, Began = generation is null ? change : before.Began },
            cancellationToken
        );
        return state with { Progress = progress };
    }

    /// <summary>
    /// Stores that a convergence has worked from a change. A reconcile request that came after it began is left to the next convergence.
    /// </summary>
    public async Task ObserveAsync(ClusterId id, long change, CancellationToken cancellationToken)
    {
        // A change beyond the cluster's own belongs to an earlier cluster of this name.
        if (
            await LoadAsync(id, cancellationToken) is { Document: var cluster, Progress.Observed: var observed }
            && change > observed
            && change <= cluster.Change
        )
        {
            await ChangeProgressAsync(
                id,
                progress =>
                {
                    var served = cluster.Reconcile > progress.Began ? Math.Min(change, cluster.Reconcile - 1) : change;
                    return progress with { Observed = Math.Max(progress.Observed, served) };
                },
                cancellationToken
            );
        }
    }

    /// <summary>Changes the cluster's status. Steps that run at the same time do not overwrite each other's conditions.</summary>
    /// <param name="observe">May be called more than once.</param>
    /// <returns>The new status; null when the cluster does not exist.</returns>
    public Task<ResourceStatus?> RecordClusterAsync(
        ClusterId id,
        Func<ResourceStatus, DateTimeOffset, ResourceStatus> observe,
        CancellationToken cancellationToken
    ) =>
        CommitLoop.RunAsync(
            $"The status of cluster {id.Name}",
            () => TryRecordClusterAsync(id, observe, cancellationToken),
            cancellationToken
        );

    /// <param name="statuses">New statuses, made from the ones that were read.</param>
    public async Task RecordExposuresAsync(
        ClusterId id,
        IEnumerable<(string Exposure, ResourceStatus Status)> statuses,
        CancellationToken cancellationToken
    )
    {
        var written = statuses.ToList();
        await store.CommitAllAsync(
            Documents.Partition(id),
            [.. written.SelectMany(one => Writes(one.Exposure, one.Status))],
            cancellationToken
        );
        written.ForEach(one => one.Status.History.ToList().ForEach(Instruments.Happened));
    }

    /// <summary>The last hundred history entries of a cluster or an exposure, oldest first.</summary>
    /// <param name="exposure">Null for the cluster.</param>
    public async Task<IReadOnlyList<HistoryEntry>> ReadHistoryAsync(ClusterId id, string? exposure, CancellationToken cancellationToken)
    {
        var partition = Documents.Partition(id);
        var observed = await store.ListAllAsync<HistoryEntry>(partition, Documents.History(exposure), cancellationToken);
        var requested = await store.ListAllAsync<HistoryEntry>(partition, Documents.Requests(exposure), cancellationToken);
        return
        [
            .. observed
                .Concat(requested)
                .Select(entry => entry.Value.Document)
                .OrderBy(entry => entry.At)
                .TakeLast(ResourceStatus.HistoryLimit),
        ];
    }

    /// <summary>The repairs in the histories of a cluster and all its exposures, in no order.</summary>
    /// <returns>Each with its exposure; an empty name for the cluster.</returns>
    public async Task<IReadOnlyList<(string Exposure, HistoryEntry Entry)>> ReadDriftAsync(
        ClusterId id,
        CancellationToken cancellationToken
    )
    {
        var all = await store.ListAllAsync<HistoryEntry>(Documents.Partition(id), Documents.Histories, cancellationToken);
        return
        [
            .. all.Where(entry => entry.Value.Document.Type is HistoryTypes.Repaired or HistoryTypes.PortReverted)
                .Select(entry => (entry.Key.Split('|')[0], entry.Value.Document)),
        ];
    }

    /// <summary>
    /// A convergence that began without work has stored nothing; it may take up more while no other convergence has work.
    /// </summary>
    private static bool MayTakeUpMore(ClusterState state, string instance, long generation) =>
        state.Document.Metadata.Generation == generation && (state.Progress.Instance == instance || !state.IsConverging);

    private async Task<Committed<ResourceStatus?>?> TryRecordClusterAsync(
        ClusterId id,
        Func<ResourceStatus, DateTimeOffset, ResourceStatus> observe,
        CancellationToken cancellationToken
    )
    {
        if (await LoadAsync(id, cancellationToken) is not { Resource.Status: var before, StatusVersion: var version })
        {
            return new(null);
        }

        var after = observe(before, time.GetUtcNow());
        if (after == before)
        {
            return new(after);
        }

        if (!await store.TryCommitAsync(Documents.Partition(id), [.. Writes(null, after, version)], cancellationToken))
        {
            return null;
        }

        after.History.ToList().ForEach(Instruments.Happened);
        return new(after);
    }

    private Task<ConvergenceDocument> ChangeProgressAsync(
        ClusterId id,
        Func<ConvergenceDocument, ConvergenceDocument> change,
        CancellationToken cancellationToken
    ) =>
        CommitLoop.RunAsync<ConvergenceDocument>(
            $"The progress of cluster {id.Name}",
            async () =>
            {
                var partition = Documents.Partition(id);
                var found = await store.FindAsync<ConvergenceDocument>(partition, Documents.Convergence, cancellationToken);
                var before = found?.Document ?? ConvergenceDocument.None;
                var after = change(before);
                var write = StateChange.Put(Documents.Convergence, after, found?.Version ?? StateChange.New);
                return after == before || await store.TryCommitAsync(partition, [write], cancellationToken) ? new(after) : null;
            },
            cancellationToken
        );

    /// <summary>The status, and each new history entry as its own document.</summary>
    private static IEnumerable<StateChange> Writes(string? exposure, ResourceStatus status, string version = StateChange.Any)
    {
        foreach (var (number, entry) in status.History.Index())
        {
            yield return StateChange.Put(Documents.HistoryEntry(exposure, status.Recorded + number), entry);
        }

        var key = exposure is null ? Documents.ClusterStatus : Documents.ExposureStatus(exposure);
        yield return StateChange.Put(key, StatusDocument.Of(status), version);
    }
}
