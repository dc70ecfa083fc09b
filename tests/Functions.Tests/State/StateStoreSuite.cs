using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class SqliteStateStoreTests : StateStoreSuite<SqliteHome>
{
    /// <summary>Callers of one store wait for each other, and their commits do not mix.</summary>
    [Fact]
    public async Task Commits_at_the_same_time_do_not_share_a_transaction()
    {
        const int Callers = 8;
        const int Rounds = 40;
        var store = Home.Open();
        using var together = new Barrier(Callers);
        var threads = Enumerable
            .Range(0, Callers)
            .Select(caller =>
                Task.Factory.StartNew(
                    () => CommitAsync(store, $"{caller}", Rounds, together),
                    Token,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            );
        await Task.WhenAll(await Task.WhenAll(threads));
        for (var caller = 0; caller < Callers; caller++)
        {
            Assert.Equal(Rounds, (await store.ListAsync($"{caller}", "", null, int.MaxValue, Token)).Count);
        }
    }

    private static async Task CommitAsync(IStateStore store, string partition, int rounds, Barrier together)
    {
        try
        {
            for (var round = 0; round < rounds; round++)
            {
                together.SignalAndWait(Token);
                Assert.Null(await store.FindAsync(partition, $"{round}", Token));
                Assert.True(await store.TryCommitAsync(partition, [Put($"{round}", "1", StateChange.New)], Token));
                Assert.False(await store.TryCommitAsync(partition, [Put($"{round}", "2", StateChange.New)], Token));
                Assert.Equal("1", (await store.FindAsync(partition, $"{round}", Token))?.Body);
            }
        }
        finally
        {
            together.RemoveParticipant(); // the others must not wait for one that failed
        }
    }
}

public sealed class TableStateStoreTests : StateStoreSuite<TableHome>;

/// <summary>The contract of every state store.</summary>
public abstract class StateStoreSuite<THome> : IDisposable
    where THome : StoreHome, new()
{
    private const string Partition = "0f|group.(1)_-|cluster";
    protected THome Home { get; } = new();

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Home.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Every_write_makes_a_new_version_and_an_old_version_is_refused()
    {
        var store = Home.Open();
        Assert.True(await store.TryCommitAsync(Partition, [Put("a", "1", StateChange.New)], Token));
        var first = await store.FindAsync(Partition, "a", Token);
        Assert.Equal("1", first?.Body);

        Assert.True(await store.TryCommitAsync(Partition, [Put("a", "1", first?.Version ?? "")], Token));
        Assert.NotEqual(first?.Version, (await store.FindAsync(Partition, "a", Token))?.Version);
        Assert.False(await store.TryCommitAsync(Partition, [Put("a", "2", first?.Version ?? "")], Token));
        Assert.False(await store.TryCommitAsync(Partition, [Put("a", "2", StateChange.New)], Token));
        Assert.False(await store.TryCommitAsync(Partition, [new StateChange("a", null, first?.Version ?? "")], Token));
        Assert.False(await store.TryCommitAsync(Partition, [Put("absent", "2", first?.Version ?? "")], Token));
        Assert.Equal("1", (await store.FindAsync(Partition, "a", Token))?.Body);
        Assert.Null(await store.FindAsync("other", "a", Token));
    }

    [Fact]
    public async Task A_commit_makes_all_changes_or_none()
    {
        var store = Home.Open();
        await store.TryCommitAsync(Partition, [Put("old", "1"), Put("gone", "1")], Token);

        Assert.False(
            await store.TryCommitAsync(
                Partition,
                [Put("new", "1"), new StateChange("gone", null, StateChange.Any), Put("old", "2", StateChange.New)],
                Token
            )
        );
        Assert.Equal(["gone=1", "old=1"], await ListAsync(store, ""));
        Assert.True(
            await store.TryCommitAsync(Partition, [Put("new", "1"), new StateChange("gone", null, StateChange.Any), Put("old", "2")], Token)
        );
        Assert.Equal(["new=1", "old=2"], await ListAsync(store, ""));
    }

    [Fact]
    public async Task A_commit_may_delete_missing_documents_together_with_existing_ones()
    {
        var store = Home.Open();
        await store.TryCommitAsync(Partition, [Put("b", "1")], Token);

        Assert.True(
            await store.TryCommitAsync(
                Partition,
                [
                    new StateChange("a", null, StateChange.Any),
                    new StateChange("b", null, StateChange.Any),
                    new StateChange("c", null, StateChange.Any),
                    Put("d", "1"),
                ],
                Token
            )
        );
        Assert.True(await store.TryCommitAsync(Partition, [new StateChange("a", null, StateChange.Any)], Token));

        Assert.Equal(["d=1"], await ListAsync(store, ""));
    }

    [Fact]
    public async Task Lists_return_keys_after_a_key_with_a_prefix_in_ordinal_order_up_to_the_limit()
    {
        var store = Home.Open();
        await store.TryCommitAsync(
            Partition,
            [.. new[] { "p|b", "p|a", "p|a-1", "p|a.1", "p|A", "p|(", "p", "q|a", "p|z_9" }.Select(key => Put(key, "1"))],
            Token
        );
        await store.TryCommitAsync("other", [Put("p|c", "1")], Token);

        Assert.Equal(
            ["p|(", "p|A", "p|a", "p|a-1", "p|a.1", "p|b", "p|z_9"],
            (await store.ListAsync(Partition, "p|", null, 100, Token)).Select(row => row.Key)
        );
        Assert.Equal(["p|a-1", "p|a.1"], (await store.ListAsync(Partition, "p|", "p|a", 2, Token)).Select(row => row.Key));
        Assert.Equal(["p|b", "p|z_9"], (await store.ListAsync(Partition, "p|", "p|a.9", 100, Token)).Select(row => row.Key));
        Assert.Empty(await store.ListAsync(Partition, "p|", "p|z_9", 100, Token));
    }

    [Theory]
    [InlineData(0, 'x')]
    [InlineData(32 * 1024, 'x')]
    [InlineData((32 * 1024) + 1, '\u00e4')]
    [InlineData(500_000, 'x')]
    public async Task A_body_is_returned_unchanged(int length, char filling)
    {
        var store = Home.Open();
        var body = new string(filling, length);

        await store.TryCommitAsync(Partition, [Put("a", body)], Token);

        Assert.Equal(body, (await store.FindAsync(Partition, "a", Token))?.Body);
        Assert.Equal(body, Assert.Single(await store.ListAsync(Partition, "", null, 10, Token)).Body);
    }

    [Fact]
    public async Task A_shorter_body_replaces_a_longer_one_and_surrogate_pairs_stay_together()
    {
        var store = Home.Open();
        var emoji = "x" + string.Concat(Enumerable.Repeat("\U0001F6A2", 40_000)); // two chars each, so that a part would end within one
        await store.TryCommitAsync(Partition, [Put("a", emoji)], Token);
        Assert.Equal(emoji, (await store.FindAsync(Partition, "a", Token))?.Body);

        await store.TryCommitAsync(Partition, [Put("a", "short")], Token);
        Assert.Equal("short", (await store.FindAsync(Partition, "a", Token))?.Body);
    }

    [Fact]
    public async Task A_commit_of_no_changes_and_one_of_a_hundred_succeed()
    {
        var store = Home.Open();
        Assert.True(await store.TryCommitAsync(Partition, [], Token));
        Assert.True(
            await store.TryCommitAsync(
                Partition,
                [.. Enumerable.Range(0, 100).Select(number => Put($"{number:000}", new string('"', 6_000)))],
                Token
            )
        );
        Assert.Equal(100, (await store.ListAsync(Partition, "", null, 1000, Token)).Count);
    }

    [Fact]
    public async Task Many_documents_are_written_in_several_commits_and_listed_completely()
    {
        var store = Home.Open();
        await store.CommitAllAsync(
            Partition,
            [
                .. Enumerable.Range(0, 2_500).Select(number => Put($"{number:0000}", "{}")),
                Put("large1", new string('x', 500_000)),
                Put("large2", new string('x', 500_000)),
            ],
            Token
        );

        var keys = await store.ListKeysAsync(Partition, Token);

        Assert.Equal(2_502, keys.Count);
        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
    }

    [Fact]
    public async Task A_commit_with_a_duplicate_key_throws() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Home.Open().TryCommitAsync(Partition, [Put("a", "1"), Put("a", "2")], Token));

    [Fact]
    public async Task A_document_of_the_greatest_length_is_stored_and_a_longer_one_is_refused()
    {
        var store = Home.Open();
        var longest = new string('x', StateChange.MostCharacters);

        Assert.True(await store.TryCommitAsync(Partition, [Put("a", longest)], Token));
        Assert.Equal(longest, (await store.FindAsync(Partition, "a", Token))?.Body);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => store.TryCommitAsync(Partition, [Put("a", $"{longest}x")], Token));
        Assert.StartsWith("Document 'a' has ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_of_several_concurrent_writers_of_a_version_succeeds()
    {
        await Home.Open().TryCommitAsync(Partition, [Put("a", "0")], Token);
        var version = (await Home.Open().FindAsync(Partition, "a", Token))?.Version ?? "";

        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(number =>
                    Task.Run(() => Home.Open().TryCommitAsync(Partition, [Put("a", $"{number}", version), Put($"of{number}", "1")], Token))
                )
        );

        Assert.Single(results, true);
        Assert.Equal(2, (await ListAsync(Home.Open(), "")).Count);
    }

    private protected static StateChange Put(string key, string body, string version = StateChange.Any) => new(key, body, version);

    private static async Task<IReadOnlyList<string>> ListAsync(IStateStore store, string prefix) =>
        [.. (await store.ListAsync(Partition, prefix, null, 1000, Token)).Select(row => $"{row.Key}={row.Body}")];
}
