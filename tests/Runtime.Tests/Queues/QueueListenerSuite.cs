using System.Collections.Concurrent;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using MeshPort.Runtime.Triggers.Queues;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshPort.Runtime.Tests.Queues;

/// <summary>The behaviour of a queue trigger with any queue service, in real time.</summary>
public abstract class QueueListenerSuite : IAsyncLifetime
{
    private static readonly QueueOptions Defaults = new() { MaxPollingInterval = QueueOptions.MinimumPollingInterval };

    // A unique name, because an outside service may hold queues of earlier runs.
    private readonly string _name = $"q{Guid.NewGuid():N}";
    private QueueServiceClient? _service;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private QueueServiceClient Raw => _service ?? throw new InvalidOperationException();

    private QueueClient Queue => Raw.GetQueueClient(_name);

    private QueueClient Poison => Raw.GetQueueClient($"{_name}-poison");

    public async ValueTask InitializeAsync()
    {
        _service = QueueClients.Open(await ConnectAsync());
        await Queue.CreateAsync(cancellationToken: Token);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await Queue.DeleteIfExistsAsync(CancellationToken.None);
            await Poison.DeleteIfExistsAsync(CancellationToken.None);
        }

        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_message_is_decoded_run_and_deleted()
    {
        var seen = new ConcurrentQueue<string>();
        await using var listener = Listen(
            Defaults,
            (message, _) =>
            {
                seen.Enqueue(message.MessageText);
                return Task.CompletedTask;
            }
        );

        await SendAsync("first", "second");

        await Wait.UntilAsync(async () => await CountAsync(Queue) == 0, Token);
        Assert.Equal(["first", "second"], seen.Order());
    }

    [Fact]
    public async Task A_failing_message_runs_as_often_as_allowed_and_goes_to_the_poison_queue_unchanged()
    {
        var attempts = new ConcurrentQueue<long>();
        await using var listener = Listen(
            Defaults with
            {
                MaxDequeueCount = 3,
            },
            (message, _) =>
            {
                attempts.Enqueue(message.DequeueCount);
                throw new InvalidOperationException("on purpose");
            }
        );

        await SendAsync("bad");

        var poison = await PoisonAsync();
        Assert.Equal([1L, 2L, 3L], attempts);
        Assert.Equal((Base64("bad"), 0), (poison.MessageText, poison.DequeueCount));
        await Wait.UntilAsync(async () => await CountAsync(Queue) == 0, Token);
    }

    [Fact]
    public async Task A_message_that_cannot_be_decoded_fails_alone_and_goes_to_the_poison_queue_unchanged()
    {
        var seen = new ConcurrentQueue<string>();
        await using var listener = Listen(
            Defaults with
            {
                MaxDequeueCount = 2,
            },
            (message, _) =>
            {
                seen.Enqueue(message.MessageText);
                return Task.CompletedTask;
            }
        );

        await Queue.SendMessageAsync("this is no base64!", Token);
        await SendAsync("good");

        Assert.Equal("this is no base64!", (await PoisonAsync()).MessageText);
        Assert.Equal(["good"], seen);
    }

    [Fact]
    public async Task Text_without_encoding_reaches_the_function_unchanged()
    {
        var seen = new ConcurrentQueue<string>();
        await using var listener = Listen(
            Defaults with
            {
                MessageEncoding = QueueMessageEncoding.None,
            },
            (message, _) =>
            {
                seen.Enqueue(message.MessageText);
                return Task.CompletedTask;
            }
        );

        await Queue.SendMessageAsync("plain & simple", Token);

        await Wait.UntilAsync(() => !seen.IsEmpty, Token);
        Assert.Equal(["plain & simple"], seen);
    }

    [Fact]
    public async Task A_message_that_was_received_too_often_is_moved_and_not_run()
    {
        await SendAsync("worn out");
        for (var number = 0; number < 2; number++)
        {
            QueueMessage message = await Queue.ReceiveMessageAsync(cancellationToken: Token);
            await Queue.UpdateMessageAsync(
                message.MessageId,
                message.PopReceipt,
                visibilityTimeout: TimeSpan.Zero,
                cancellationToken: Token
            );
        }

        var runs = 0;
        await using var listener = Listen(
            Defaults with
            {
                MaxDequeueCount = 2,
            },
            (_, _) => Task.FromResult(Interlocked.Increment(ref runs))
        );

        Assert.Equal(Base64("worn out"), (await PoisonAsync()).MessageText);
        Assert.Equal(0, runs);
    }

    [Fact]
    public async Task At_most_batch_size_plus_threshold_messages_run_at_once()
    {
        var (running, most, done) = (0, 0, 0);
        var open = new SemaphoreSlim(0);
        await SendAsync([.. Enumerable.Range(0, 12).Select(number => $"{number}")]);

        await using var listener = Listen(
            Defaults with
            {
                BatchSize = 3,
                NewBatchThreshold = 2,
            },
            async (_, stopping) =>
            {
                most = Math.Max(most, Interlocked.Increment(ref running));
                await open.WaitAsync(stopping);
                Interlocked.Decrement(ref running);
                Interlocked.Increment(ref done);
            }
        );

        // The first batch has three; when one ends, the threshold of two is kept, and three more are received: five.
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 3, Token);
        open.Release();
        await Wait.UntilAsync(() => Volatile.Read(ref running) == 5, Token);
        open.Release(11);
        await Wait.UntilAsync(() => Volatile.Read(ref done) == 12, Token);
        Assert.Equal(5, most);
    }

    [Fact]
    public async Task A_queue_that_is_created_later_is_found()
    {
        await Queue.DeleteAsync(Token);
        var seen = new ConcurrentQueue<string>();
        await using var listener = Listen(
            Defaults,
            (message, _) =>
            {
                seen.Enqueue(message.MessageText);
                return Task.CompletedTask;
            }
        );

        Assert.False((await Queue.ExistsAsync(Token)).Value);
        await Queue.SendAsync(Base64("made on demand"), Token);

        await Wait.UntilAsync(() => !seen.IsEmpty, Token);
        Assert.Equal(["made on demand"], seen);
    }

    [Fact]
    public async Task Stopping_cancels_running_functions_and_releases_their_messages()
    {
        var running = new TaskCompletionSource();
        await using var listener = Listen(
            Defaults with
            {
                MaxDequeueCount = 1,
            },
            async (_, stopping) =>
            {
                running.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, stopping);
            }
        );
        await SendAsync("in flight");
        await running.Task.WaitAsync(Wait.Usual, Token);

        await listener.StopAsync(Token);

        QueueMessage? again = null; // "at once" is within the service's own grain of time
        await Wait.UntilAsync(async () => (again = (await Queue.ReceiveMessageAsync(cancellationToken: Token)).Value) is not null, Token);
        Assert.Equal(Base64("in flight"), again?.MessageText);
        // A poll that is under way when the listener stops may receive the released message once more, and releases it too.
        Assert.InRange(again?.DequeueCount ?? 0, 2, 3);
        Assert.False((await Poison.ExistsAsync(Token)).Value);
    }

    [Fact]
    public async Task Stopping_waits_for_a_function_that_finishes_its_work()
    {
        var running = new TaskCompletionSource();
        var finish = new TaskCompletionSource();
        await using var listener = Listen(
            Defaults,
            async (_, _) =>
            {
                running.TrySetResult();
                await finish.Task.WaitAsync(Wait.Usual, CancellationToken.None);
            }
        );
        await SendAsync("careful");
        await running.Task.WaitAsync(Wait.Usual, Token);

        var stopped = listener.StopAsync(Token);
        Assert.False(stopped.IsCompleted);
        finish.SetResult();
        await stopped;

        Assert.Equal(0, await CountAsync(Queue));
    }

    [Fact]
    public async Task A_failed_message_of_a_poison_queue_stays_invisible_and_is_not_moved()
    {
        await Poison.CreateAsync(cancellationToken: Token);
        var runs = 0;
        await using var listener = Listen(
            Defaults with
            {
                MaxDequeueCount = 1,
            },
            (_, _) => throw new InvalidOperationException($"on purpose, run {Interlocked.Increment(ref runs)}"),
            Poison.Name
        );

        await Poison.SendMessageAsync(Base64("worse"), Token);
        await Wait.UntilAsync(() => Volatile.Read(ref runs) == 1, Token);
        await listener.StopAsync(Token);

        Assert.Equal(1, await CountAsync(Poison));
        Assert.Null((await Poison.ReceiveMessageAsync(cancellationToken: Token)).Value);
        Assert.False((await Raw.GetQueueClient($"{Poison.Name}-poison").ExistsAsync(Token)).Value);
    }

    [Fact]
    public async Task Outputs_create_a_missing_queue()
    {
        var target = Raw.GetQueueClient($"{_name}-poison"); // any absent queue
        foreach (var body in QueueOutputMessages.From(new[] { "one", "two" }, System.Text.Json.JsonSerializerOptions.Default))
        {
            await target.SendAsync(QueueMessageText.Encode(body, QueueMessageEncoding.Base64), Token);
        }

        Assert.Equal(
            [Base64("one"), Base64("two")],
            (await target.PeekMessagesAsync(32, Token)).Value.Select(message => message.MessageText).Order()
        );
    }

    /// <returns>The connection string of the service. Starts the service, or skips the test if none is available.</returns>
    protected abstract Task<string> ConnectAsync();

    private QueueListener Listen(QueueOptions options, Func<QueueMessage, CancellationToken, Task> function, string? queue = null)
    {
        var listener = new QueueListener(Raw, queue ?? _name, options, function, TimeProvider.System, NullLogger.Instance);
        listener.Start();
        return listener;
    }

    private async Task SendAsync(params string[] texts)
    {
        foreach (var text in texts)
        {
            await Queue.SendMessageAsync(Base64(text), Token);
        }
    }

    private async Task<PeekedMessage> PoisonAsync()
    {
        PeekedMessage? poison = null;
        await Wait.UntilAsync(
            async () => (await Poison.ExistsAsync(Token)).Value && (poison = (await Poison.PeekMessageAsync(Token)).Value) is not null,
            Token
        );
        return poison ?? throw new InvalidOperationException();
    }

    private static async Task<int> CountAsync(QueueClient queue) => (await queue.GetPropertiesAsync(Token)).Value.ApproximateMessagesCount;

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
