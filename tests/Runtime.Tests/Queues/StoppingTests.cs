using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using MeshPort.Runtime.Triggers.Queues;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshPort.Runtime.Tests.Queues;

/// <summary>A listener that stops while it requests more messages.</summary>
public sealed class StoppingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_that_returns_to_a_stopping_listener_is_not_poison()
    {
        await using var service = await EmbeddedService.StartAsync(TimeProvider.System, Token);
        var queue = await service.CreateQueueAsync("work", Token);
        var polls = new HeldPolls();
        var options = new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None };
        options.AddPolicy(polls, HttpPipelinePosition.PerCall);
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await queue.SendMessageAsync("in flight", Token);
        await using var listener = new QueueListener(
            new QueueServiceClient(service.ConnectionString, options),
            "work",
            new QueueOptions { MaxDequeueCount = 1 },
            async (_, stopping) =>
            {
                running.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, stopping);
            },
            TimeProvider.System,
            NullLogger.Instance
        );
        listener.Start();
        await running.Task.WaitAsync(RunningHost.Deadline, Token);
        await polls.Held.WaitAsync(RunningHost.Deadline, Token); // the listener requests the next messages

        var stopped = listener.StopAsync(Token);
        await polls.Released.WaitAsync(RunningHost.Deadline, Token); // the message that ran is visible again
        polls.LetGo();
        await stopped.WaitAsync(RunningHost.Deadline, Token);

        QueueMessage? again = null;
        await Wait.UntilAsync(async () => (again = (await queue.ReceiveMessageAsync(cancellationToken: Token)).Value) is not null, Token);
        Assert.Equal(("in flight", 3L), (again?.MessageText, again?.DequeueCount));
        Assert.False((await service.Client().GetQueueClient("work-poison").ExistsAsync(Token)).Value);
    }

    /// <summary>Passes the first receive request on, and holds the second.</summary>
    private sealed class HeldPolls : HttpPipelinePolicy
    {
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _polls;

        public Task Held => _held.Task;

        /// <summary>Completes when a message was made visible again.</summary>
        public Task Released => _released.Task;

        public void LetGo() => _letGo.TrySetResult();

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            if (message.Request.Method == RequestMethod.Get && Interlocked.Increment(ref _polls) == 2)
            {
                _held.TrySetResult();
                await _letGo.Task;
            }

            await ProcessNextAsync(message, pipeline);
            if (message.Request.Method == RequestMethod.Put)
            {
                _released.TrySetResult();
            }
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);
    }
}
