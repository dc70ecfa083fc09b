using MeshPort.Model;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class ManyExposuresInSqliteTests : ManyExposuresSuite<SqliteHome>;

public sealed class ManyExposuresInTablesTests : ManyExposuresSuite<TableHome>
{
    protected override int Many => 2_000; // the emulator scans all entities for each page, which takes minutes for ten thousand
}

/// <summary>Batches that need several commits where a commit takes 100 documents, and writers that die meanwhile.</summary>
public abstract class ManyExposuresSuite<THome> : IDisposable
    where THome : StoreHome, new()
{
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "group", "cluster");
    private static readonly ClusterSpec Spec = new() { Location = "eastus2" };
    private static readonly Requester By = new(RequestTrigger.Http, "ann", "trace");
    private readonly THome _home = new();
    private readonly WatchedStore _store;
    private readonly ClusterStore _clusters;
    private readonly ExposureRequests _requests;
    private readonly ExposureStore _exposures;

    protected ManyExposuresSuite()
    {
        (_store, _requests) = Process();
        _exposures = new ExposureStore(_store);
        _clusters = new ClusterStore(_store, TimeProvider.System);
    }

    protected virtual int Many => 10_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _home.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_batch_is_applied_whole_or_not_at_all_wherever_its_writer_dies()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await ChangeAsync(_requests, Changes(0, 60, shift: 0));
        var log = new StatusStore(_home.Open(), TimeProvider.System);
        var wholes = 0;
        for (var commits = 0; wholes == 0 || commits < wholes; commits++)
        {
            var before = await PortsAsync();
            var shift = before["e0"] == 2000 ? 1 : 0;
            var (dying, exposures) = Process();
            dying.CommitsLeft = commits;
            try
            {
                await ChangeAsync(exposures, Changes(0, 60, shift));
                wholes = commits;
            }
            catch (IOException)
            {
                await log.TakeUpAsync(Cluster, "c", null, Token); // the next reader is a convergence
            }

            var after = await PortsAsync();
            Assert.Contains(after, (IReadOnlyDictionary<string, int>[])[before, Expected(60, shift)], EqualPorts.Instance);
            Assert.Equal(60, after.Values.Distinct().Count());
            Assert.Null((await _clusters.FindAsync(Cluster, Token))?.JournaledBatch);
        }

        // Each port has exactly one holder.
        var taken = await _requests.PutAsync(Cluster, "other", Exposure((await PortsAsync())["e59"]), Precondition.None, By, Token);
        Assert.Equal(PutOutcome.Taken, taken.Outcome);
        Assert.Equal(60, (await _clusters.FindAsync(Cluster, Token))?.Ports);
    }

    [Fact]
    public async Task The_next_request_completes_the_batch_of_a_dead_writer_and_opens_its_operation()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var (dying, exposures) = Process();
        dying.CommitsLeft = 3; // its parts, its acceptance, one part; a store without limits needs one commit
        await Record.ExceptionAsync(() => ChangeAsync(exposures, Changes(0, 150, shift: 0)));

        Assert.Equal(PutOutcome.Taken, (await _requests.PutAsync(Cluster, "other", Exposure(2149), Precondition.None, By, Token)).Outcome);

        Assert.Equal(150, (await _exposures.ListAsync(Cluster, Token)).Count);
        var operation = Assert
            .Single(
                await _store.ListAllAsync<OperationDocument>(Documents.Partition(Cluster), Documents.OpenOperations, Token),
                open => open.Value.Document.Exposures is not null
            )
            .Value.Document;
        Assert.Equal(150, operation.Exposures?.Count);
        Assert.Equal((await _clusters.FindAsync(Cluster, Token))?.Change, operation.Change);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(int.MaxValue)]
    public async Task A_batch_that_was_accepted_without_an_answer_is_applied_once(int appliedByOthers)
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var store = new WatchedStore(_home.Open()) { Room = 20 };
        var reader = new WatchedStore(_home.Open()) { CommitsLeft = appliedByOthers };
        store.LostAnswer = (
            Documents.Cluster,
            async () =>
                await Record.ExceptionAsync(() => new StatusStore(reader, TimeProvider.System).TakeUpAsync(Cluster, "c", null, Token))
        );

        // In a thread of its own: a store that never waits would keep a loop without an end in this one.
        var result = await Task.Run(() => ChangeAsync(Requests(store), Changes(0, 60, shift: 0)), Token)
            .WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, Token);

        Assert.Null(store.LostAnswer);
        Assert.NotNull(result.OperationId);
        Assert.Equal(Expected(60, shift: 0), await PortsAsync(), EqualPorts.Instance);
        Assert.Null((await _clusters.FindAsync(Cluster, Token))?.JournaledBatch);
        Assert.Single(
            await _store.ListAllAsync<OperationDocument>(Documents.Partition(Cluster), Documents.OpenOperations, Token),
            open => open.Value.Document.Exposures is not null
        );
        Assert.Empty(await _store.ListAllAsync<JournalPart>(Documents.Partition(Cluster), Documents.JournalParts, Token));
    }

    [Fact]
    public async Task A_caller_that_hangs_up_after_the_acceptance_does_not_stop_the_batch()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var store = new WatchedStore(_home.Open()) { Room = 20 };
        store.BeforeCommit = async () =>
        {
            if (await _clusters.FindAsync(Cluster, Token) is { JournaledBatch: not null })
            {
                await caller.CancelAsync();
            }
        };

        var result = await Requests(store).ChangeAsync(Cluster, Changes(0, 60, shift: 0), partial: false, By, caller.Token);

        Assert.True(caller.IsCancellationRequested);
        Assert.NotNull(result.OperationId);
        Assert.Equal(Expected(60, shift: 0), await PortsAsync(), EqualPorts.Instance);
        Assert.Null((await _clusters.FindAsync(Cluster, Token))?.JournaledBatch);
    }

    [Fact]
    public async Task A_batch_whose_parts_are_gone_is_forgotten()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var dying = new WatchedStore(_home.Open()) { Room = 20 };
        dying.LostAnswer = (Documents.Cluster, () => Task.FromException(new IOException("The process is killed.")));
        await Record.ExceptionAsync(() => ChangeAsync(Requests(dying), Changes(0, 60, shift: 0)));
        var parts = await _store.ListAllAsync<JournalPart>(Documents.Partition(Cluster), Documents.JournalParts, Token);
        await _store.CommitAllAsync(
            Documents.Partition(Cluster),
            [.. parts.Keys.Select(key => StateChange.Delete(Documents.JournalParts + key))],
            Token
        );

        await Task.Run(() => ChangeAsync(_requests, Changes(0, 60, shift: 1)), Token)
            .WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, Token);

        Assert.Equal(Expected(60, shift: 1), await PortsAsync(), EqualPorts.Instance);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(150)]
    public async Task Two_processes_that_handle_the_same_message_apply_it_once(int count)
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var id = OperationDocument.IdOfMessage("m1", DateTimeOffset.UnixEpoch);
        var (slow, exposures) = Process();
        slow.BeforeCommit = async () =>
        {
            slow.BeforeCommit = null;
            Assert.Equal(count, (await _requests.ChangeOnceAsync(Cluster, Changes(0, count, shift: 0), id, By, Token)).Items.Count);
            await ChangeAsync(_requests, Changes(0, count, shift: 1)); // a newer request
        };

        var second = await exposures.ChangeOnceAsync(Cluster, Changes(0, count, shift: 0), id, By, Token);

        Assert.Equal((id, 0), (second.OperationId, second.Items.Count));
        Assert.Equal(Expected(count, shift: 1), await PortsAsync(), EqualPorts.Instance);
        Assert.Empty(await _store.ListAllAsync<JournalPart>(Documents.Partition(Cluster), Documents.JournalParts, Token));
    }

    [Fact]
    public async Task The_cluster_spec_can_change_while_a_batch_is_written()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var (slow, exposures) = Process();
        var other = new ClusterStore(_home.Open(), TimeProvider.System);
        var generation = 0;
        slow.BeforeCommit = () =>
            other.PutAsync(Cluster, Spec with { KubernetesVersion = $"1.{30 + Math.Min(++generation, 5)}" }, Precondition.None, By, Token);

        Assert.NotNull((await ChangeAsync(exposures, Changes(0, 150, shift: 0))).OperationId);

        Assert.Equal(150, (await _exposures.ListAsync(Cluster, Token)).Count);
        Assert.Equal(
            ("1.35", 6L, 150),
            await _clusters.FindAsync(Cluster, Token) is { } cluster
                ? (cluster.Spec.KubernetesVersion, cluster.Metadata.Generation, cluster.Ports)
                : default
        );
    }

    [Fact]
    public async Task Concurrent_batches_for_the_same_ports_do_not_mix()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var (_, other) = Process();
        var results = await Task.WhenAll(
            Task.Run(() => ChangeAsync(_requests, Changes(0, 120, shift: 0))),
            Task.Run(() => ChangeAsync(other, [.. Changes(0, 120, shift: 0).Select(change => change with { Name = $"x{change.Name}" })]))
        );

        Assert.Single(results, result => result.OperationId is not null);
        Assert.Equal(120, (await PortsAsync()).Values.Distinct().Count());
        Assert.Equal(120, (await _exposures.ListAsync(Cluster, Token)).Count);
    }

    [Fact]
    public async Task Thousands_of_exposures_are_listed_by_page_and_adding_one_reads_none_of_them()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        for (var first = 0; first < Many; first += 1_000)
        {
            await ChangeAsync(_requests, Changes(first, 1_000, shift: 0));
        }

        _store.Forget();
        await _requests.PutAsync(Cluster, "one", Exposure(40_000), Precondition.None, By, Token);
        Assert.InRange(_store.Calls, 1, 8);
        Assert.InRange(_store.Rows, 1, 8);

        var names = new List<string>();
        string? after = null;
        do
        {
            var page = await _exposures.ListAsync(Cluster, after, 900, Token);
            names.AddRange(page.Select(exposure => exposure.Metadata.Name));
            after = page.Count == 900 ? names[^1] : null;
        } while (after is not null);

        Assert.Equal(Many + 1, names.Count);
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal(Many + 1, (await _clusters.FindAsync(Cluster, Token))?.Ports);
    }

    private (WatchedStore Store, ExposureRequests Exposures) Process()
    {
        var store = new WatchedStore(_home.Open());
        return (store, Requests(store));
    }

    private static ExposureRequests Requests(WatchedStore store) => new(store, new WriterLocks(), new Limits(20_000), TimeProvider.System);

    private static async Task<ExposuresResult> ChangeAsync(ExposureRequests exposures, IReadOnlyList<ExposureChange> changes) =>
        await exposures.ChangeAsync(Cluster, changes, partial: false, By, Token);

    private async Task<IReadOnlyDictionary<string, int>> PortsAsync() =>
        (await _exposures.ListAsync(Cluster, Token)).ToDictionary(
            exposure => exposure.Metadata.Name,
            exposure => exposure.Spec.Port,
            StringComparer.Ordinal
        );

    private static Dictionary<string, int> Expected(int count, int shift) =>
        Changes(0, count, shift).ToDictionary(change => change.Name, change => change.Spec?.Port ?? 0, StringComparer.Ordinal);

    /// <param name="shift">0: ports from 2000; 1: ports above all of those.</param>
    private static IReadOnlyList<ExposureChange> Changes(int first, int count, int shift) =>
        [
            .. Enumerable
                .Range(first, count)
                .Select(number => new ExposureChange($"e{number}", Exposure(2000 + number + (shift * count)), Precondition.None)),
        ];

    private static ExposureSpec Exposure(int port) => new() { Port = port, Backends = [new BackendSpec("tcpecho", "default", 9000, 100)] };

    private sealed class EqualPorts : IEqualityComparer<IReadOnlyDictionary<string, int>>
    {
        public static readonly EqualPorts Instance = new();

        public bool Equals(IReadOnlyDictionary<string, int>? one, IReadOnlyDictionary<string, int>? other) =>
            (one ?? new Dictionary<string, int>())
                .OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .SequenceEqual((other ?? new Dictionary<string, int>()).OrderBy(entry => entry.Key, StringComparer.Ordinal));

        public int GetHashCode(IReadOnlyDictionary<string, int> ports) => ports.Count;
    }
}
