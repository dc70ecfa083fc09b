using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.History;
using Microsoft.Extensions.Time.Testing;

namespace MeshPort.Runtime.Tests.Stores;

public sealed class HistoryCacheTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void A_history_is_given_to_one_step_and_only_of_its_own_execution()
    {
        var cache = new HistoryCache(_clock);
        var history = Of("a");
        cache.Put("id", "1", history);

        Assert.Same(history, cache.Take("id", "1"));
        Assert.Null(cache.Take("id", "1"));
        cache.Put("id", "1", history);
        Assert.Null(cache.Take("id", "2"));
        Assert.Null(cache.Take("id", "1"));
    }

    [Fact]
    public void The_oldest_go_when_all_together_weigh_too_much()
    {
        var cache = new HistoryCache(_clock, 3 * Of("a").Weight);
        foreach (var id in (string[])["1", "2", "3", "4"])
        {
            cache.Put(id, "x", Of(id));
        }

        Assert.Null(cache.Take("1", "x"));
        Assert.NotNull(cache.Take("2", "x"));
        Assert.NotNull(cache.Take("4", "x"));
        cache.Put("large", "x", Of(new string('x', 1000)));
        Assert.Null(cache.Take("large", "x"));
    }

    [Fact]
    public void What_has_not_stepped_for_long_goes()
    {
        var cache = new HistoryCache(_clock);
        cache.Put("old", "x", Of("a"));
        _clock.Advance(TimeSpan.FromMinutes(2));
        cache.Put("new", "x", Of("a"));

        Assert.Null(cache.Take("old", "x"));
        Assert.NotNull(cache.Take("new", "x"));
    }

    private static CachedHistory Of(string payload) => new([new EventRaised("event", payload)]);
}
