using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Tests.Triggers.Functions;
using MeshPort.Runtime.Triggers.Timers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace MeshPort.Runtime.Tests.Triggers.Retries;

public sealed class TimerRetryTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failed_run_is_retried_after_its_delay_until_its_last_attempt()
    {
        var directory = Directory.CreateTempSubdirectory("triggers-test-");
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var deliveries = new Deliveries();
        var options = new LocalHostOptions
        {
            Functions = new FunctionAssembly(typeof(RetriedFunctions).Namespace ?? ""),
            DataDirectory = directory.FullName,
            TimeProvider = clock,
            Configure = builder =>
            {
                builder.Logging.ClearProviders();
                builder.Services.AddSingleton(deliveries);
            },
        };
        await using (await LocalHost.StartAsync(options, Cancelled))
        {
            Assert.Equal("fixed 0 of 2 False", await deliveries.NextAsync(Cancelled));
            Assert.Equal("fixed 1 of 2 False", await NextAsync());
            Assert.InRange(clock.GetUtcNow().TimeOfDay, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(30));
            Assert.Equal("fixed 2 of 2 False", await NextAsync());
        }

        directory.Delete(recursive: true);

        async Task<string> NextAsync()
        {
            var next = deliveries.NextAsync(Cancelled);
            while (!next.IsCompleted)
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                await Task.WhenAny(next, Task.Delay(5, Cancelled));
            }

            return await next;
        }
    }

    [Fact]
    public void The_attempts_and_their_delays_follow_the_attribute()
    {
        var fixedDelay = Retries(nameof(Declared.Thrice));
        Assert.Equal(
            [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5), null],
            Enumerable.Range(0, 4).Select(_ => fixedDelay.Next())
        );
        Assert.Equal((3, 3), (fixedDelay.Context.RetryCount, fixedDelay.Context.MaxRetryCount));

        var growing = Retries(nameof(Declared.Endless));
        var delays = Enumerable.Range(0, 20).Select(_ => growing.Next()).ToList();
        Assert.Equal(TimeSpan.FromSeconds(4), delays[0]);
        Assert.InRange(delays[1] ?? default, TimeSpan.FromSeconds(7.2), TimeSpan.FromSeconds(8.8));
        Assert.Equal(TimeSpan.FromMinutes(15), delays[^1]);
        Assert.Equal((20, -1), (growing.Context.RetryCount, growing.Context.MaxRetryCount));

        Assert.Null(Retries(nameof(Declared.Once)).Next());
    }

    [Theory]
    [InlineData("soon", "00:00:01")]
    [InlineData("-00:00:01", "00:00:01")]
    [InlineData("00:00:01", "later")]
    public void An_invalid_interval_is_rejected(string minimum, string maximum)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExponentialBackoffRetryAttribute(1, minimum, maximum));
        Assert.Throws<ArgumentException>(() => new ExponentialBackoffRetryAttribute(1, "00:00:02", "00:00:01"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FixedDelayRetryAttribute(1, "soon"));
    }

    private static FunctionRetries Retries(string function) =>
        new(FunctionCatalog.Find([typeof(Declared)], "the test").Single(entry => entry.Name == function));

    private static class Declared
    {
        [Function(nameof(Thrice))]
        [FixedDelayRetry(3, "00:00:05")]
        public static string Thrice([TimerTrigger(RetriedFunctions.Never)] TimerInfo timer) => $"{timer}";

        [Function(nameof(Endless))]
        [ExponentialBackoffRetry(-1, "00:00:04", "00:15:00")]
        public static string Endless([TimerTrigger(RetriedFunctions.Never)] TimerInfo timer) => $"{timer}";

        [Function(nameof(Once))]
        public static string Once([TimerTrigger(RetriedFunctions.Never)] TimerInfo timer) => $"{timer}";
    }
}
