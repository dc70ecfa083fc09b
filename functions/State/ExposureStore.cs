using System.Collections.Concurrent;
using MeshPort.Model;
using MeshPort.Telemetry;

namespace MeshPort.State;

/// <summary>What is wanted of exposures, with what has been observed of them.</summary>
internal sealed class ExposureStore(IStateStore store, Limits limits, TimeProvider time)
{
    /// <summary>From more wishes on, everything is read at once.</summary>
    private const int Few = 10;

    /// <summary>Of an exposure that is forgotten: itself, its status and two claims.</summary>
    private const int DocumentsOfOne = 4;

    private readonly BatchJournal _turns = new(store, time);

    /// <summary>Those who change one cluster from here take turns, so that they do not undo each other's tries.</summary>
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);

    public async Task<Resource<ExposureSpec>?> GetAsync(ClusterId id, string name, CancellationToken cancellationToken)
    {
        var key = Documents.Exposure(name);
        var rows = await store.ListAsync(Documents.Partition(id), key, null, 2, cancellationToken); // the status sorts next to the exposure
        return rows is [var first, ..] && first.Key == key ? Read(rows)[0] : null;
    }

    /// <summary>All of a cluster in the order of their names, without their histories.</summary>
    public async Task<IReadOnlyList<Resource<ExposureSpec>>> ListAsync(ClusterId id, CancellationToken cancellationToken)
    {
        var rows = new List<StateRow>();
        await foreach (var row in store.ReadAllAsync(Documents.Partition(id), Documents.Exposures, cancellationToken))
        {
            rows.Add(row);
        }

        return Read(rows);
    }

    /// <summary>A page of them.</summary>
    /// <param name="after">The name to begin behind.</param>
    public async Task<IReadOnlyList<Resource<ExposureSpec>>> ListAsync(
        ClusterId id,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var size = (2 * limit) + 1; // each with its status, and the row behind them
        var last = after is null ? null : Documents.ExposureStatus(after);
        var rows = new List<StateRow>();
        IReadOnlyList<StateRow> page;
        do
        {
            page = await store.ListAsync(Documents.Partition(id), Documents.Exposures, last, size, cancellationToken);
            rows.AddRange(page);
            last = page.Count == 0 ? null : page[^1].Key;
        } while (page.Count == size && rows.Count(row => !Documents.IsExposureStatus(row.Key)) <= limit);

        return [.. Read(rows).Take(limit)];
    }

    /// <summary>Whether the removal of any was asked for.</summary>
    public async Task<bool> AnyLeavesAsync(ClusterId id, CancellationToken cancellationToken) =>
        (await ListDocumentsAsync(Documents.Partition(id), cancellationToken)).Values.Any(exposure =>
            exposure.Document.Metadata.DeletedAt is not null
        );

    public async Task<PutResult<ExposureSpec>> PutAsync(
        ClusterId id,
        string name,
        ExposureSpec spec,
        Precondition precondition,
        Requester by,
        CancellationToken cancellationToken,
        bool isRehearsal = false
    ) => Single(await ChangeAsync(id, [new ExposureChange(name, spec, precondition)], partial: false, by, cancellationToken, isRehearsal));

    public async Task<PutResult<ExposureSpec>> DeleteAsync(
        ClusterId id,
        string name,
        Precondition precondition,
        Requester by,
        CancellationToken cancellationToken,
        bool isRehearsal = false
    ) => Single(await ChangeAsync(id, [new ExposureChange(name, null, precondition)], partial: false, by, cancellationToken, isRehearsal));

    /// <summary>Claims what each exposure needs for itself and stores it; in one operation.</summary>
    /// <param name="wishes">No name twice.</param>
    /// <param name="partial">Accept those that can be accepted though others are refused; otherwise all or none.</param>
    /// <param name="isRehearsal">Only says what would become of them.</param>
    /// <exception cref="TimeoutException">Others wrote the cluster all the time.</exception>
    public Task<ExposuresResult> ChangeAsync(
        ClusterId id,
        IReadOnlyList<ExposureChange> wishes,
        bool partial,
        Requester by,
        CancellationToken cancellationToken,
        bool isRehearsal = false
    ) => InTurnAsync(id, () => TryChangeAsync(id, wishes, partial, by, isRehearsal, cancellationToken), cancellationToken);

    /// <summary>Tries until it succeeds, while nobody else here changes the cluster's exposures.</summary>
    /// <param name="tryAsync">Gives null when another was faster.</param>
    private async Task<T> InTurnAsync<T>(ClusterId id, Func<Task<T?>> tryAsync, CancellationToken cancellationToken)
        where T : class
    {
        var gate = _gates.GetOrAdd(id.Key, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken);
        try
        {
            return await CommitLoop.RunAsync<T>(
                $"Cluster {id.Name}",
                async () => await tryAsync() is { } result ? new(result) : null,
                cancellationToken
            );
        }
        finally
        {
            gate.Release();
        }
    }

    /// <returns>Null when another was faster.</returns>
    private async Task<ExposuresResult?> TryChangeAsync(
        ClusterId id,
        IReadOnlyList<ExposureChange> wishes,
        bool partial,
        Requester by,
        bool isRehearsal,
        CancellationToken cancellationToken
    )
    {
        var partition = Documents.Partition(id);
        if (await ClusterState.FindAsync(store, id, cancellationToken) is not { } cluster)
        {
            return new ExposuresResult(PutOutcome.ClusterNotFound, null, []);
        }

        if (cluster.Document.Removal is not null)
        {
            return new ExposuresResult(PutOutcome.BeingDeleted, null, []);
        }

        if (cluster.Document.JournaledBatch is not null)
        {
            await _turns.FinishAsync(partition, cancellationToken);
            return null;
        }

        var now = time.GetUtcNow();
        var acceptance = await LoadAsync(partition, cluster, wishes, now, cancellationToken);
        var results = wishes.Zip(acceptance.Decide(wishes), (wish, result) => new ExposureResult(wish.Name, result)).ToList();
        if (!partial && results.Exists(item => item.Result.IsRefused))
        {
            return new ExposuresResult(
                null,
                null,
                results.ConvertAll(item =>
                    item.Result.IsChange
                        ? item with
                        {
                            Result = new PutResult<ExposureSpec>(
                                PutOutcome.HeldBack,
                                null,
                                Detail: "Others of the same request were refused; nothing was changed."
                            ),
                        }
                        : item
                )
            );
        }

        var changed = results.Where(item => item.Result.IsChange).ToList();
        return changed.Count == 0 || isRehearsal ? new ExposuresResult(null, null, results)
            : await WriteAsync(partition, cluster, changed, acceptance, by, now, cancellationToken) is { } operation
                ? new ExposuresResult(null, operation, results)
            : null;
    }

    /// <summary>What the decision needs to know: of a few wishes one by one, else everything at once.</summary>
    private async Task<ClaimDecision> LoadAsync(
        string partition,
        ClusterState cluster,
        IReadOnlyList<ExposureChange> wishes,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        Dictionary<string, Stored<ExposureDocument>> exposures;
        Dictionary<string, Stored<ClaimDocument>> claims;
        if (wishes.Count > Few)
        {
            exposures = await ListDocumentsAsync(partition, cancellationToken);
            claims = await store.ListAllAsync<ClaimDocument>(partition, Documents.Claims, cancellationToken);
        }
        else
        {
            exposures = await FindAllAsync<ExposureDocument>(
                partition,
                Documents.Exposures,
                wishes.Select(wish => wish.Name),
                cancellationToken
            );
            var specs = wishes
                .Select(wish => wish.Spec)
                .OfType<ExposureSpec>()
                .Concat(exposures.Values.Select(exposure => exposure.Document.Spec));
            claims = await FindAllAsync<ClaimDocument>(
                partition,
                Documents.Claims,
                specs.SelectMany(ExposureClaim.Of).Select(claim => claim.Thing),
                cancellationToken
            );
            var holders = claims
                .Values.SelectMany(claim => claim.Document.Holders.Keys)
                .Where(holder => !exposures.ContainsKey(holder))
                .ToList();
            foreach (var (name, holder) in await FindAllAsync<ExposureDocument>(partition, Documents.Exposures, holders, cancellationToken))
            {
                exposures[name] = holder;
            }
        }

        return new ClaimDecision(
            cluster.Document.Id,
            exposures.ToDictionary(exposure => exposure.Key, exposure => exposure.Value.Document, StringComparer.Ordinal),
            claims.ToDictionary(claim => claim.Key, claim => claim.Value.Document, StringComparer.Ordinal),
            cluster.Document.Change + 1,
            cluster.Document.Ports,
            limits.Room(cluster.Resource.Status.OtherRules),
            now
        );
    }

    private async Task<Dictionary<string, Stored<T>>> FindAllAsync<T>(
        string partition,
        string prefix,
        IEnumerable<string> names,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var found = new Dictionary<string, Stored<T>>(StringComparer.Ordinal);
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            if (await store.FindAsync<T>(partition, prefix + name, cancellationToken) is { } document)
            {
                found[name] = document;
            }
        }

        return found;
    }

    /// <returns>The operation; null when another was faster.</returns>
    private async Task<string?> WriteAsync(
        string partition,
        ClusterState cluster,
        List<ExposureResult> changed,
        ClaimDecision acceptance,
        Requester by,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var after = cluster.Document with { Change = cluster.Document.Change + 1, Ports = acceptance.Ports };
        var operation = new OperationDocument(Guid.NewGuid().ToString("N"), changed.ConvertAll(item => item.Name), after.Change, now)
        {
            CorrelationId = by.CorrelationId,
            Trace = Spans.Current,
            Removed = [.. changed.Where(item => item.Result.Outcome == PutOutcome.Deleting).Select(item => item.Name)],
        };
        List<StateChange> writes =
        [
            .. acceptance.ChangedClaims.Select(claim =>
                claim.ExposureClaim.Holders.Count == 0
                    ? StateChange.Delete(Documents.Claims + claim.Thing)
                    : StateChange.Put(Documents.Claims + claim.Thing, claim.ExposureClaim)
            ),
            .. changed.SelectMany(item => Writes(item, after.Change, by, now)),
        ];
        StateChange[] all =
        [
            .. writes,
            StateChange.Put(Documents.Cluster, after, cluster.Version),
            StateChange.Put(Documents.OpenOperations + operation.Id, operation),
        ];
        var accepted =
            StateChange.Chunk(all, store.MostChanges, store.MostCharacters).Count == 1
                ? await store.TryCommitAsync(partition, all, cancellationToken)
                : await _turns.TryBeginAsync(partition, after, cluster.Version, operation, writes, cancellationToken);
        return accepted ? operation.Id : null;
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

    /// <summary>Forgets the exposures whose removal was asked for up to a change, when nothing of them is left, and gives back what they held.</summary>
    public Task ForgetAsync(ClusterId id, long change, CancellationToken cancellationToken) =>
        InTurnAsync(id, () => TryForgetAsync(Documents.Partition(id), change, cancellationToken), cancellationToken);

    /// <returns>Those that are forgotten; null when another was faster.</returns>
    private async Task<IReadOnlyList<string>?> TryForgetAsync(string partition, long change, CancellationToken cancellationToken)
    {
        await _turns.FinishAsync(partition, cancellationToken);
        var exposures = await ListDocumentsAsync(partition, cancellationToken);
        var gone = exposures
            .Where(exposure => exposure.Value.Document.Metadata.DeletedAt is not null && exposure.Value.Document.Change <= change)
            .ToList();
        foreach (var chunk in gone.Chunk((store.MostChanges - 1) / DocumentsOfOne))
        {
            if (!await TryForgetAsync(partition, chunk, cancellationToken))
            {
                return null;
            }
        }

        return gone.ConvertAll(exposure => exposure.Key);
    }

    /// <returns>False when another was faster: wrote the cluster, or forgot one of them and perhaps made it anew.</returns>
    private async Task<bool> TryForgetAsync(
        string partition,
        IReadOnlyList<KeyValuePair<string, Stored<ExposureDocument>>> exposures,
        CancellationToken cancellationToken
    )
    {
        if (await store.FindAsync<ClusterDocument>(partition, Documents.Cluster, cancellationToken) is not { } cluster)
        {
            return true;
        }

        if (cluster.Document.JournaledBatch is not null)
        {
            return false;
        }

        await ForgetHistoriesAsync(partition, exposures.Select(exposure => exposure.Key), cancellationToken);
        var changes = new List<StateChange>();
        var ports = 0;
        var held = exposures
            .SelectMany(exposure =>
                ExposureClaim.Of(exposure.Value.Document.Spec).Select(claim => (ExposureClaim: claim, Exposure: exposure.Key))
            )
            .GroupBy(one => one.ExposureClaim.Thing);
        foreach (var thing in held)
        {
            if (await store.FindAsync<ClaimDocument>(partition, Documents.Claims + thing.Key, cancellationToken) is { } claim)
            {
                var others = claim
                    .Document.Holders.Where(holder => thing.All(one => one.Exposure != holder.Key))
                    .ToDictionary(StringComparer.Ordinal);
                changes.Add(
                    others.Count == 0
                        ? StateChange.Delete(Documents.Claims + thing.Key, claim.Version)
                        : StateChange.Put(Documents.Claims + thing.Key, new ClaimDocument(others), claim.Version)
                );
                ports += others.Count == 0 && thing.First().ExposureClaim.IsPort ? 1 : 0;
            }
        }

        changes.AddRange(
            exposures.SelectMany(exposure =>
                (StateChange[])
                    [
                        StateChange.Delete(Documents.Exposure(exposure.Key), exposure.Value.Version),
                        StateChange.Delete(Documents.ExposureStatus(exposure.Key)),
                    ]
            )
        );
        changes.Add(
            StateChange.Put(
                Documents.Cluster,
                cluster.Document with
                {
                    Ports = Math.Max(0, cluster.Document.Ports - ports),
                },
                cluster.Version
            )
        );
        return await store.TryCommitAsync(partition, changes, cancellationToken);
    }

    /// <summary>Before the exposures themselves: as long as they are there, nobody makes them anew, and names that never come again leave nothing behind.</summary>
    private async Task ForgetHistoriesAsync(string partition, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        foreach (var ring in names.SelectMany(name => (string[])[Documents.History(name), Documents.Requests(name)]))
        {
            var entries = await store.ListAsync(partition, ring, null, ResourceStatus.HistoryLimit, cancellationToken);
            await store.CommitAllAsync(partition, [.. entries.Select(entry => StateChange.Delete(entry.Key))], cancellationToken);
        }
    }

    private static PutResult<ExposureSpec> Single(ExposuresResult result) =>
        result.Refusal is { } refusal
            ? new PutResult<ExposureSpec>(refusal, null)
            : result.Items[0].Result with
            {
                OperationId = result.OperationId,
            };

    private async Task<Dictionary<string, Stored<ExposureDocument>>> ListDocumentsAsync(
        string partition,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<string, Stored<ExposureDocument>>(StringComparer.Ordinal);
        await foreach (var row in store.ReadAllAsync(partition, Documents.Exposures, cancellationToken))
        {
            if (!Documents.IsExposureStatus(row.Key))
            {
                found[row.Key[Documents.Exposures.Length..]] = Stored<ExposureDocument>.Read(row);
            }
        }

        return found;
    }

    /// <param name="rows">Exposures and their statuses.</param>
    private static IReadOnlyList<Resource<ExposureSpec>> Read(IReadOnlyList<StateRow> rows)
    {
        var statuses = rows.Where(row => Documents.IsExposureStatus(row.Key)).ToDictionary(row => row.Key, StringComparer.Ordinal);
        return
        [
            .. rows.Where(row => !Documents.IsExposureStatus(row.Key))
                .Select(row => Stored<ExposureDocument>.Read(row).Document)
                .Select(exposure => Resource(exposure, statuses.GetValueOrDefault(Documents.ExposureStatus(exposure.Metadata.Name)))),
        ];
    }

    /// <summary>That it was accepted is known from its being here.</summary>
    private static Resource<ExposureSpec> Resource(ExposureDocument exposure, StateRow? stored)
    {
        var status =
            (stored is null ? null : Stored<StatusDocument>.Read(stored).Document.Read())
            ?? ResourceStatus.New(ConditionTypes.OfExposure, exposure.Metadata.CreatedAt);
        var accepted = Observation.True(
            Reasons.AsDesired,
            $"Port {exposure.Spec.Port} of the {exposure.Spec.Gateway.ToString().ToLowerInvariant()} gateway is held for this exposure."
        );
        return new Resource<ExposureSpec>(
            exposure.Spec,
            exposure.Metadata,
            status.With(ConditionTypes.Accepted, accepted, exposure.Metadata.Generation, exposure.Metadata.UpdatedAt) with
            {
                History = [],
            }
        ); // that it was asked for is in the history already
    }
}
