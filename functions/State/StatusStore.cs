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
    public async Task<Desire?> FindDesireAsync(ClusterId id, CancellationToken cancellationToken)
    {
        var partition = Documents.Partition(id);
        return await store.FindAsync<ClusterDocument>(partition, Documents.Cluster, cancellationToken) is { Document: var cluster }
            ? new Desire(cluster, await ProgressAsync(partition, cancellationToken))
            : null;
    }

    /// <summary>Takes up everything that was asked for until now: open operations are served by this convergence from here on.</summary>
    /// <param name="generation">Only while the cluster's own spec is of this generation; null takes up whatever there is.</param>
    /// <returns>Null when the cluster is not wanted any more, its spec has another generation, or another convergence has begun since; then nothing was taken up.</returns>
    public async Task<Desire?> TakeUpAsync(ClusterId id, string instance, long? generation, CancellationToken cancellationToken)
    {
        var partition = Documents.Partition(id);
        await _turns.FinishAsync(partition, cancellationToken);
        var desire = await FindDesireAsync(id, cancellationToken);
        if (
            desire is null
            || (generation is not null && (desire.Cluster.Metadata.Generation != generation || desire.Progress.Instance != instance))
        )
        {
            return null;
        }

        return desire with
        {
            Progress = await ChangeProgressAsync(
                Documents.Partition(id),
                progress =>
                    progress with
                    {
                        TakenUp = desire.Cluster.Change,
                        Instance = instance,
                        Began = generation is null ? desire.Cluster.Change : progress.Began,
                    },
                cancellationToken
            ),
        };
    }

    /// <summary>What a convergence worked from is observed, except for a look that was asked for after it began: that is the next one's.</summary>
    public async Task ObserveAsync(ClusterId id, long change, CancellationToken cancellationToken)
    {
        var partition = Documents.Partition(id);
        if (
            await store.FindAsync<ClusterDocument>(partition, Documents.Cluster, cancellationToken) is { Document: var cluster }
            && change <= cluster.Change
        ) // else it was of a cluster that is gone
        {
            await ChangeProgressAsync(
                partition,
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
            () => TryRecordClusterAsync(Documents.Partition(id), observe, cancellationToken),
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
        string partition,
        Func<ResourceStatus, DateTimeOffset, ResourceStatus> observe,
        CancellationToken cancellationToken
    )
    {
        if (await store.FindAsync<ClusterDocument>(partition, Documents.Cluster, cancellationToken) is not { Document: var cluster })
        {
            return new(null);
        }

        var found = await store.FindAsync<StatusDocument>(partition, Documents.ClusterStatus, cancellationToken);
        var before = found?.Document.Read() ?? ResourceStatus.New(ConditionTypes.OfCluster, cluster.Metadata.CreatedAt);
        var after = observe(before, time.GetUtcNow());
        if (after == before)
        {
            return new(after);
        }

        if (!await store.TryCommitAsync(partition, [.. Writes(null, after, found?.Version ?? StateChange.New)], cancellationToken))
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

    private async Task<ConvergenceDocument> ProgressAsync(string partition, CancellationToken cancellationToken) =>
        (await store.FindAsync<ConvergenceDocument>(partition, Documents.Convergence, cancellationToken))?.Document
        ?? ConvergenceDocument.None;

    /// <summary>The status, and what is new in its history as documents of their own.</summary>
    private static IEnumerable<StateChange> Writes(string? exposure, ResourceStatus status, string version = StateChange.Any)
    {
        foreach (var (number, entry) in status.History.Index())
        {
            yield return StateChange.Put(Documents.HistoryEntry(exposure, status.Recorded + number), entry);
        }

        yield return StateChange.Put(
            exposure is null ? Documents.ClusterStatus : Documents.ExposureStatuses + exposure,
            StatusDocument.Of(status),
            version
        );
    }
}

internal sealed record Desire(ClusterDocument Cluster, ConvergenceDocument Progress)
{
    public bool IsWork => Cluster.Change > Progress.Observed;
}
