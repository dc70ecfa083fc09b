using System.Collections.Concurrent;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using MeshPort.Runtime.Triggers.Queues;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MeshPort.Runtime.Tests.Queues;

/// <summary>The behaviour of a queue trigger over time. Listener and queue use one clock, which the test steps.</summary>
public sealed class SteppedListenerTests : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 5, 4, 3, 2, 1, TimeSpan.Zero));
    private readonly ConcurrentQueue<DateTimeOffset> _runs = [];
    private EmbeddedService? _service;
    private QueueClient? _queue;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private EmbeddedService Service => _service ?? throw new InvalidOperationException();

    private QueueClient Queue => _queue ?? throw new InvalidOperationException();

    public async ValueTask InitializeAsync()
    {
        _service = await EmbeddedService.StartAsync(_clock, Token);
        _queue = await _service.CreateQueueAsync("orders", Token);
    }

    public async ValueTask DisposeAsync() => await Service.DisposeAsync();

    [Fact]
    public async Task A_message_stays_invisible_for_as_long_as_its_function_runs()
    {
        var finish = new TaskCompletionSource();
        await using var listener = Listen(
            new QueueOptions { BatchSize = 1, NewBatchThreshold = 0 },
            (_, stopping) => finish.Task.WaitAsync(stopping)
        );
        await Queue.SendMessageAsync("long", Token);
        await Wait.UntilAsync(() => _runs.Count == 1, Token, () => _clock.Advance(QueueOptions.MinimumPollingInterval));

        for (var renewal = 0; renewal < 3; renewal++)
        {
            var before = NextVisible();
            await Wait.UntilAsync(() => NextVisible() > before, Token, () => _clock.Advance(TimeSpan.FromSeconds(5)));
            Assert.InRange(_clock.GetUtcNow(), before - (5 * Minute), before - TimeSpan.FromSeconds(1));
            Assert.Null((await Queue.ReceiveMessageAsync(cancellationToken: Token)).Value);
        }

        finish.SetResult();
        await Wait.UntilAsync(async () => (await Queue.GetPropertiesAsync(Token)).Value.ApproximateMessagesCount == 0, Token);
        Assert.Single(_runs);
    }

    [Fact]
    public async Task A_failed_message_is_retried_after_the_visibility_timeout()
    {
        var options = new QueueOptions { VisibilityTimeout = TimeSpan.FromSeconds(30), MaxPollingInterval = TimeSpan.FromSeconds(1) };
        await using var listener = Listen(
            options,
            (message, _) => message.DequeueCount > 1 ? Task.CompletedTask : throw new InvalidOperationException("on purpose")
        );
        await Queue.SendMessageAsync("again", Token);

        await Wait.UntilAsync(() => _runs.Count == 2, Token, () => _clock.Advance(TimeSpan.FromMilliseconds(500)));

        var runs = _runs.ToArray();
        Assert.InRange(runs[1] - runs[0], TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(40));
    }

    [Fact]
    public async Task A_message_whose_host_died_is_received_again_when_its_lease_ends()
    {
        await Queue.SendMessageAsync("orphan", Token);
        await Queue.ReceiveMessagesAsync(16, MessageLease.Duration, Token); // a receiver that then dies
        await using var listener = Listen(new QueueOptions { MaxPollingInterval = TimeSpan.FromSeconds(2) }, (_, _) => Task.CompletedTask);
        var died = _clock.GetUtcNow();

        await Wait.UntilAsync(() => _runs.Count == 1, Token, () => _clock.Advance(TimeSpan.FromSeconds(5)));

        Assert.InRange(_runs.Single() - died, MessageLease.Duration, MessageLease.Duration + Minute);
    }

    [Fact]
    public async Task A_failed_renewal_is_retried_sooner()
    {
        var finish = new TaskCompletionSource();
        await using var listener = Listen(
            new QueueOptions { BatchSize = 1, NewBatchThreshold = 0 },
            (_, stopping) => finish.Task.WaitAsync(stopping)
        );
        await Queue.SendMessageAsync("long", Token);
        await Wait.UntilAsync(() => _runs.Count == 1, Token, () => _clock.Advance(QueueOptions.MinimumPollingInterval));
        var before = NextVisible();

        Service.IsDown = true;
        _clock.Advance(5 * Minute);
        await Wait.UntilAsync(() => Service.CallsWhileDown == 1, Token);
        Service.IsDown = false;
        await Wait.UntilAsync(() => NextVisible() > before, Token, () => _clock.Advance(TimeSpan.FromSeconds(2)));

        // Half of the interval: after two and a half minutes, before the lease ends.
        Assert.InRange(_clock.GetUtcNow(), before - (2.5 * Minute), before - TimeSpan.FromSeconds(1));
        finish.SetResult();
    }

    [Fact]
    public async Task Polling_survives_an_outage_of_the_service()
    {
        Service.IsDown = true;
        await using var listener = Listen(new QueueOptions { MaxPollingInterval = TimeSpan.FromSeconds(1) }, (_, _) => Task.CompletedTask);
        await Wait.UntilAsync(() => Service.CallsWhileDown >= 3, Token, () => _clock.Advance(TimeSpan.FromSeconds(1)));

        Service.IsDown = false;
        await Queue.SendMessageAsync("after", Token);

        await Wait.UntilAsync(() => _runs.Count == 1, Token, () => _clock.Advance(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_notification_ends_the_wait()
    {
        await using var listener = Listen(new QueueOptions(), (_, _) => Task.CompletedTask);
        Service.Queues.MessageVisible += _ => listener.Notify();

        // The clock stands still, so only the notification can cause the second receive.
        await Queue.SendMessageAsync("first", Token);
        await Wait.UntilAsync(() => _runs.Count == 1, Token);
        await Queue.SendMessageAsync("second", Token);
        await Wait.UntilAsync(() => _runs.Count == 2, Token);
    }

    private QueueListener Listen(QueueOptions options, Func<QueueMessage, CancellationToken, Task> function)
    {
        var listener = new QueueListener(
            Service.Client(QueueMessageEncoding.None),
            "orders",
            options,
            (message, stopping) =>
            {
                _runs.Enqueue(_clock.GetUtcNow());
                return function(message, stopping);
            },
            _clock,
            NullLogger.Instance
        );
        listener.Start();
        return listener;
    }

    // Invisible messages cannot be peeked, so this reads the database.
    private DateTimeOffset NextVisible()
    {
        using var database = new Runtime.Queues.QueueDatabase(Service.DatabasePath);
        var ticks = database.Read(connection =>
        {
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT visible FROM storage_messages";
            return (long)(command.ExecuteScalar() ?? 0L);
        });
        return new DateTimeOffset(ticks, TimeSpan.Zero);
    }
}
