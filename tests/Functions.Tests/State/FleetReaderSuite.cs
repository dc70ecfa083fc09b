using MeshPort.Model;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class FleetInSqliteTests : FleetReaderSuite<SqliteHome>;

public sealed class FleetInTablesTests : FleetReaderSuite<TableHome>;

/// <summary>Lists across clusters, page by page.</summary>
public abstract class FleetReaderSuite<THome> : IDisposable
    where THome : StoreHome, new()
{
    private const string First = "00000000-0000-0000-0000-00000000000a";
    private const string Second = "00000000-0000-0000-0000-00000000000b";
    private static readonly FleetScope Everything = new(null, _ => true);
    private static readonly DateTimeOffset Now = new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly THome _home = new();
    private readonly WatchedStore _store;
    private readonly FleetReader _fleet;

    protected FleetReaderSuite()
    {
        _store = new WatchedStore(_home.Open());
        _fleet = new FleetReader(_store, new ClusterStore(_store, TimeProvider.System), new ExposureStore(_store));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _home.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Pages_of_every_size_list_each_matching_exposure_once_in_order(int size)
    {
        await PutAsync(new ClusterId(First, "a", "a"), "x", "y", "z");
        await PutAsync(new ClusterId(First, "a", "a-b"), "x");
        await PutAsync(new ClusterId(First, "A.(1)", "a"), "x", "x-y", "x1");
        await PutAsync(new ClusterId(First, "b", "empty"));
        await PutAsync(new ClusterId(Second, "a", "a"), "x", "z");

        var (all, _) = await ReadAsync(Everything, _ => true, size);
        var (some, _) = await ReadAsync(Everything, exposure => exposure.Metadata.Name != "x", size);
        var (first, _) = await ReadAsync(new FleetScope(First.ToUpperInvariant(), _ => true), _ => true, size);

        string[] expected = ["a.(1)/a/x", "a.(1)/a/x-y", "a.(1)/a/x1", "a/a/x", "a/a/y", "a/a/z", "a/a-b/x"];
        Assert.Equal(expected, first);
        Assert.Equal([.. expected, "a/a/x", "a/a/z"], all);
        Assert.Equal(all.Where(path => !path.EndsWith("/x", StringComparison.Ordinal)), some);
    }

    [Fact]
    public async Task A_filter_that_matches_nothing_reads_a_bounded_part_in_each_request_and_finds_the_last_exposure()
    {
        const int Clusters = FleetReader.MostClusters + 20;
        for (var number = 0; number < Clusters; number++)
        {
            await PutAsync(new ClusterId(First, "g", $"c{number:000}"), $"e{number}");
        }

        var rows = new List<int>();
        var (found, requests) = await ReadAsync(Everything, exposure => exposure.Metadata.Name == $"e{Clusters - 1}", 100, rows);

        Assert.Equal([$"g/c{Clusters - 1:000}/e{Clusters - 1}"], found);
        Assert.Equal(2, requests);
        Assert.All(rows, read => Assert.InRange(read, 1, FleetReader.MostEntries + FleetReader.MostClusters));
    }

    [Fact]
    public async Task A_large_cluster_is_read_in_several_requests()
    {
        var names = Enumerable.Range(0, FleetReader.MostExposures + 300).Select(number => $"e{number:00000}").ToArray();
        await PutAsync(new ClusterId(First, "g", "large"), names);
        await PutAsync(new ClusterId(First, "g", "small"), "last");

        var (found, requests) = await ReadAsync(Everything, exposure => exposure.Metadata.Name is "last" or "e02299", 10);

        Assert.Equal(["g/large/e02299", "g/small/last"], found);
        Assert.Equal(2, requests);
    }

    [Fact]
    public async Task A_page_continues_behind_a_cluster_and_an_exposure_that_were_deleted_meanwhile()
    {
        await PutAsync(new ClusterId(First, "g", "a"), "x", "y", "z");
        await PutAsync(new ClusterId(First, "g", "b"), "x", "y");
        var afterY = $"{First}|g|a|y";

        await _store.TryCommitAsync($"{First}|g|a", [StateChange.Delete(Documents.Exposure("y"))], Token);
        Assert.Equal(["g/a/z", "g/b/x", "g/b/y"], Paths((await ListAsync(Everything, afterY)).Items));

        await _store.TryCommitAsync(Documents.Index, [StateChange.Delete($"{First}|g|a")], Token);
        Assert.Equal(["g/b/x", "g/b/y"], Paths((await ListAsync(Everything, afterY)).Items));
    }

    [Fact]
    public async Task A_position_in_a_cluster_outside_the_scope_discloses_nothing_of_it()
    {
        await PutAsync(new ClusterId(First, "g", "own"), "x");
        await PutAsync(new ClusterId(First, "secret", "c"), "a", "z");
        await PutAsync(new ClusterId(Second, "secret", "c"), "a", "z");

        var allowed = new FleetScope(null, cluster => cluster.ResourceGroup == "g");
        Assert.Empty((await ListAsync(allowed, $"{First}|secret|c|a")).Items);
        Assert.Empty((await ListAsync(new FleetScope(First, _ => true), $"{Second}|secret|c|a")).Items);
        Assert.Empty((await ListAsync(Everything, $"{Second}|secret|c|z")).Items);
        Assert.Equal(["g/own/x"], Paths((await ListAsync(allowed, null)).Items));
    }

    [Fact]
    public async Task The_position_of_the_next_page_names_no_cluster_outside_the_scope()
    {
        await PutAsync(new ClusterId(First, "g", "a"), "x");
        await PutAsync(new ClusterId(First, "g", "secret"), "x");
        await PutAsync(new ClusterId(First, "g", "z"), "x");
        var scope = new FleetScope(null, cluster => cluster.Name != "secret");

        var clusters = await _fleet.ListClustersAsync(scope, null, 1, Token);
        var exposures = await _fleet.ListExposuresAsync(scope, _ => true, null, 1, Token);

        foreach (var next in new[] { clusters.Next, exposures.Next })
        {
            Assert.StartsWith($"{First}|g|a", next, StringComparison.Ordinal);
        }

        Assert.Equal(["z"], (await _fleet.ListClustersAsync(scope, clusters.Next, 1, Token)).Items.Select(item => item.Cluster.Name));
        Assert.Equal(["g/z/x"], Paths((await _fleet.ListExposuresAsync(scope, _ => true, exposures.Next, 1, Token)).Items));
    }

    [Fact]
    public async Task Clusters_are_listed_once_in_order_without_those_that_are_not_stored_or_not_allowed()
    {
        foreach (var name in (string[])["a", "a-b", "b", "c"])
        {
            await PutAsync(new ClusterId(First, "g", name));
        }

        await PutAsync(new ClusterId(Second, "g", "d"));
        await _store.TryCommitAsync($"{First}|g|b", [StateChange.Delete(Documents.Cluster)], Token);

        foreach (var size in (int[])[1, 2, 3, 1000])
        {
            Assert.Equal(["a", "a-b", "c", "d"], await ReadClustersAsync(Everything, size));
            Assert.Equal(["a", "a-b", "c"], await ReadClustersAsync(new FleetScope(First, _ => true), size));
            Assert.Equal(["c"], await ReadClustersAsync(new FleetScope(null, cluster => cluster.Name is "b" or "c"), size));
        }
    }

    private async Task<List<string>> ReadClustersAsync(FleetScope scope, int size)
    {
        var found = new List<string>();
        string? after = null;
        do
        {
            var slice = await _fleet.ListClustersAsync(scope, after, size, Token);
            Assert.InRange(slice.Items.Count, 0, size);
            found.AddRange(slice.Items.Select(item => item.Cluster.Name));
            after = slice.Next;
        } while (after is not null);

        return found;
    }

    private async Task<(List<string> Paths, int Requests)> ReadAsync(
        FleetScope scope,
        Func<Resource<ExposureSpec>, bool> matches,
        int size,
        List<int>? rows = null
    )
    {
        var (found, requests) = (new List<string>(), 0);
        string? after = null;
        do
        {
            _store.Forget();
            var slice = await _fleet.ListExposuresAsync(scope, matches, after, size, Token);
            Assert.InRange(slice.Items.Count, 0, size);
            found.AddRange(Paths(slice.Items));
            rows?.Add(_store.Rows);
            (after, requests) = (slice.Next, requests + 1);
        } while (after is not null);

        return (found, requests);
    }

    private Task<Slice<Listed<ExposureSpec>>> ListAsync(FleetScope scope, string? after) =>
        _fleet.ListExposuresAsync(scope, _ => true, after, 100, Token);

    private static IEnumerable<string> Paths(IEnumerable<Listed<ExposureSpec>> items) =>
        items.Select(item => $"{item.Cluster.ResourceGroup.ToLowerInvariant()}/{item.Cluster.Name}/{item.Metadata.Name}");

    private async Task PutAsync(ClusterId id, params string[] exposures)
    {
        var partition = Documents.Partition(id);
        var cluster = new ClusterDocument(id, new ClusterSpec { Location = "eastus2" }, Meta(id.Path, id.Name), 1);
        var spec = new ExposureSpec { Port = 9000, Backends = [new BackendSpec("echo", "default", 9000, 100)] };
        await _store.TryCommitAsync(Documents.Index, [StateChange.Put(partition, new ClusterIndexDocument(id))], Token);
        await _store.CommitAllAsync(
            partition,
            [
                StateChange.Put(Documents.Cluster, cluster),
                .. exposures.Select(name =>
                    StateChange.Put(Documents.Exposure(name), new ExposureDocument(spec, Meta($"{id.Path}/exposures/{name}", name), 1))
                ),
            ],
            Token
        );
    }

    private static Metadata Meta(string path, string name) => Metadata.Next(null, path, name, Now);
}
