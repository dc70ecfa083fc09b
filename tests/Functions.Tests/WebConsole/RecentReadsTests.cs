using MeshPort.Model;
using MeshPort.WebConsole;
using Xunit;

namespace MeshPort.Functions.Tests.WebConsole;

/// <summary>Several consoles look at the same cluster.</summary>
public sealed class RecentReadsTests
{
    private static readonly ClusterId Cluster = new("s", "g", "c");
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1);

    private readonly Clock _clock = new();
    private readonly RecentReads _recent;
    private int _reads;

    public RecentReadsTests() => _recent = new RecentReads { Clock = _clock };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_value_is_read_again_when_its_time_is_over()
    {
        Assert.Equal(1, await ReadAsync());
        _clock.Now += TimeSpan.FromSeconds(0.9);
        Assert.Equal(1, await ReadAsync());
        Assert.Equal(2, await ReadAsync(new ClusterId("s", "g", "other")));
        _clock.Now += TimeSpan.FromSeconds(0.1);
        Assert.Equal(3, await ReadAsync());
    }

    [Fact]
    public async Task Callers_share_a_running_read_and_one_that_leaves_does_not_end_it()
    {
        var answer = new TaskCompletionSource<string>();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var first = _recent.ReadAsync("x", Cluster, Kept, token => answer.Task.WaitAsync(token), leaving.Token);
        var second = _recent.ReadAsync<string>("x", Cluster, Kept, _ => throw new InvalidOperationException("A second read."), Token);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult("read");

        Assert.Equal("read", await second);
    }

    [Fact]
    public async Task A_failure_and_a_missing_value_are_not_kept()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            _recent.ReadAsync<string>("x", Cluster, Kept, _ => throw new InvalidOperationException("No answer."), Token)
        );
        Assert.Null(await _recent.ReadAsync("x", Cluster, Kept, _ => Task.FromResult<string?>(null), Token));
        Assert.Equal("now", await _recent.ReadAsync("x", Cluster, Kept, _ => Task.FromResult("now"), Token));
    }

    private Task<int> ReadAsync(ClusterId? cluster = null) =>
        _recent.ReadAsync("x", cluster ?? Cluster, Kept, _ => Task.FromResult(++_reads), Token);

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
