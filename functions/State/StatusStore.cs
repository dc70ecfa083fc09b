using MeshPort.Model;
using MeshPort.Telemetry;

namespace MeshPort.State;

/// <summary>
/// What convergences write: which changes they took up, and what they observed. Each change of a cluster or of its exposures raises the cluster's change number; a
/// convergence notes the number that it worked from, so comparing the two tells whether there is work (no wake-up can be lost). A cluster has one keeper, so
/// these documents have one writer, except for the cluster's status, which stations record side by side.
/// </summary>
internal sealed class StatusStore(IStateStore store, TimeProvider time)
{
    private readonly BatchJournal _turns = new(store, time);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Whether the cluster is wanted, and whether something was asked for that no convergence has worked from yet.</summary>
    public Task<ClusterState?> FindDesireAsync(ClusterId id, CancellationToken cancellationToken) =>
        ClusterState.FindAsync(store, id, cancellationToken);

    /// <summary>
    /// Takes up every change requested so far: from here on this convergence serves the open operations. Writes nothing when an earlier convergence has finished
    /// the last change: no operation is open then, so no reader needs <see cref="ConvergenceDocument.Instance"/>.
    /// </summary>
    /// <param name="instance">The convergence.</param>
    /// <param name="generation">The generation that the cluster's spec must have when a running convergence takes up more; null when it begins.</param>
    /// <returns>
    /// Null when the cluster does not exist, its spec has another generation, or another convergence has begun since; then nothing was taken up.
    /// </returns>
    public async Task<ClusterState?> TakeUpAsync(ClusterId id, string instance, long? generation, CancellationToken cancellationToken)
    {
        if (
            await FindWholeAsync(id, cancellationToken) is not { } state
            || (generation is not null && !MayTakeUpMore(state, instance, generation.Value))
        )
        {
            return null;
        }

        return state is { IsWork: false }
            ? state
            : state with
            {
                Progress = await ChangeProgressAsync(
                    Documents.Partition(id),
                    progress =>
                        progress with
                        {
                            TakenUp = state.Document.Change,
                            Instance = instance,
                            Began = generation is null ? state.Document.Change : progress.Began,
                        },
                    cancellationToken
                ),
            };
    }

    /// <summary>A convergence that had nothing to take up when it began has left no trace; it may take up more while no other convergence has work.</summary>
    private static bool MayTakeUpMore(ClusterState state, string instance, long generation) =>
        state.Document.Metadata.Generation == generation && (state.Progress.Instance == instance || !state.IsConverging);

    /// <summary>The cluster, with no batch half written.</summary>
    private async Task<ClusterState?> FindWholeAsync(ClusterId id, CancellationToken cancellationToken)
    {
        var state = await FindDesireAsync(id, cancellationToken);
        while (state?.Document.JournaledBatch is not null)
        {
            await _turns.FinishAsync(Documents.Partition(id), cancellationToken);
            state = await FindDesireAsync(id, cancellationToken);
        }

        return state;
    }

    /// <summary>What a convergence worked from is observed, except for a look that was asked for after it began: that is the next one's.</summary>
    public async Task ObserveAsync(ClusterId id, long change, CancellationToken cancellationToken)
    {
        if (await FindDesireAsync(id, cancellationToken) is not { Document: var cluster, Progress.Observed: var observed })
        {
            return;
        }

        // A greater change belongs to an earlier cluster of this name, and a smaller one has been observed already.
        if (change <= cluster.Change && change > observed)
        {
            await ChangeProgressAsync(
                Documents.Partition(id),
                progress =>
                    progress with
                    {
                        Observed = Math.Max(progress.Observed, cluster.Look > progress.Began ? Math.Min(change, cluster.Look - 1) : change),
                    },
                cancellationToken
            );
        }
    }

    /// <summary>Stations that go side by side record at the same time, and none overwrites what another has found.</summary>
    /// <param name="observe">May be asked more than once.</param>
    /// <returns>The status after it; null when there is no such cluster.</returns>
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

    /// <param name="news">What is to be known of exposures from now on, made from the status that was read of them.</param>
    public async Task RecordExposuresAsync(
        ClusterId id,
        IEnumerable<(string Exposure, ResourceStatus Status)> news,
        CancellationToken cancellationToken
    )
    {
        var written = news.ToList();
        await store.CommitAllAsync(
            Documents.Partition(id),
            [.. written.SelectMany(one => Writes(one.Exposure, one.Status))],
            cancellationToken
        );
        written.ForEach(one => one.Status.History.ToList().ForEach(Instruments.Happened));
    }

    /// <summary>The last hundred events of a cluster or an exposure, oldest first.</summary>
    /// <param name="exposure">Null: of the cluster.</param>
    public async Task<IReadOnlyList<HistoryEntry>> ReadHistoryAsync(ClusterId id, string? exposure, CancellationToken cancellationToken)
    {
        var partition = Documents.Partition(id);
        var observed = await store.ListAllAsync<HistoryEntry>(partition, Documents.History(exposure), cancellationToken);
        var asked = await store.ListAllAsync<HistoryEntry>(partition, Documents.Requests(exposure), cancellationToken);
        return
        [
            .. observed
                .Concat(asked)
                .Select(entry => entry.Value.Document)
                .OrderBy(entry => entry.At)
                .TakeLast(ResourceStatus.HistoryLimit),
        ];
    }

    private async Task<Committed<ResourceStatus?>?> TryRecordClusterAsync(
        ClusterId id,
        Func<ResourceStatus, DateTimeOffset, ResourceStatus> observe,
        CancellationToken cancellationToken
    )
    {
        if (await FindDesireAsync(id, cancellationToken) is not { Resource.Status: var before, StatusVersion: var version })
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
        string partition,
        Func<ConvergenceDocument, ConvergenceDocument> change,
        CancellationToken cancellationToken
    ) =>
        CommitLoop.RunAsync<ConvergenceDocument>(
            "The progress of a convergence",
            async () =>
            {
                var found = await store.FindAsync<ConvergenceDocument>(partition, Documents.Convergence, cancellationToken);
                var before = found?.Document ?? ConvergenceDocument.None;
                var after = change(before);
                var write = StateChange.Put(Documents.Convergence, after, found?.Version ?? StateChange.New);
                return after == before || await store.TryCommitAsync(partition, [write], cancellationToken) ? new(after) : null;
            },
            cancellationToken
        );

    /// <summary>The status, and what is new in its history as documents of their own.</summary>
    private static IEnumerable<StateChange> Writes(string? exposure, ResourceStatus status, string version = StateChange.Any)
    {
        foreach (var (number, entry) in status.History.Index())
        {
            yield return StateChange.Put(Documents.HistoryEntry(exposure, status.Recorded + number), entry);
        }

        yield return StateChange.Put(
            exposure is null ? Documents.ClusterStatus : Documents.ExposureStatus(exposure),
            StatusDocument.Of(status),
            version
        );
    }
}
