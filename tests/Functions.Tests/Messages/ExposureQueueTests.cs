using Azure.Storage.Queues.Models;
using MeshPort.Access;
using MeshPort.Convergence;
using MeshPort.Functions.Tests.Convergence;
using MeshPort.Functions.Tests.State;
using MeshPort.Messages;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshPort.Functions.Tests.Messages;

/// <summary>The queue delivers a message again when its handling threw, or when the process died before it deleted the message.</summary>
public sealed class ExposureQueueTests : IDisposable
{
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "group", "cluster");
    private static readonly Requester Operator = new(RequestTrigger.Http, "ann", "trace");
    private readonly SqliteHome _home = new();
    private readonly Hub _hub = new();
    private readonly ClusterStore _clusters;
    private readonly ExposureStore _exposures;
    private readonly ExposureRequests _requests;
    private readonly Operations _operations;
    private readonly ExposureQueue _queue;

    public ExposureQueueTests()
    {
        var store = _home.Open();
        _clusters = new ClusterStore(store, TimeProvider.System);
        _exposures = new ExposureStore(store);
        _requests = new ExposureRequests(store, new WriterLocks(), new Limits(10), TimeProvider.System);
        _operations = new Operations(store, TimeProvider.System);
        _queue = new ExposureQueue(
            _requests,
            _operations,
            new ExposureScope(_exposures),
            new AccessOptions(),
            new Rejections(store, TimeProvider.System),
            TimeProvider.System,
            NullLogger<ExposureQueue>.Instance
        );
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_message_that_returns_after_its_changes_were_stored_wakes_the_keeper_and_keeps_a_newer_request()
    {
        await PutClusterAsync();
        _hub.IsAway = true;
        await Assert.ThrowsAsync<IOException>(() => ReceiveAsync("m1", 9000));
        await _requests.PutAsync(Cluster, "web", Exposure(9001), Precondition.None, Operator, Token);

        _hub.IsAway = false;
        Assert.Null(await ReceiveAsync("m1", 9000));
        Assert.Equal((9001, 2L), await WebAsync());
        Assert.Equal(1, _hub.Woken);

        await _operations.EndAsync(Cluster, 10, 10, isOver: true, [], _ => null, Token);
        Assert.Null(await ReceiveAsync("m1", 9000));
        Assert.Equal((9001, 2L), await WebAsync());

        Assert.Null(await ReceiveAsync("m2", 9000));
        Assert.Equal((9000, 3L), await WebAsync());
    }

    [Fact]
    public async Task A_message_that_returns_after_its_changes_were_stored_is_not_rejected()
    {
        await PutClusterAsync();
        Assert.Null(await ReceiveAsync("m1", 9000));
        await _clusters.DeleteAsync(Cluster, keepAzure: false, Precondition.None, Operator, Token);

        Assert.Null(await ReceiveAsync("m1", 9000));
        Assert.NotNull(await ReceiveAsync("m2", 9000));
    }

    [Fact]
    public async Task A_message_that_changes_nothing_needs_no_keeper()
    {
        await PutClusterAsync();
        await _requests.PutAsync(Cluster, "web", Exposure(9000), Precondition.None, Operator, Token);
        _hub.IsAway = true;

        Assert.Null(await ReceiveAsync("m1", 9000));
    }

    [Fact]
    public async Task A_message_that_changed_nothing_keeps_a_newer_request_when_it_returns()
    {
        await PutClusterAsync();
        await _requests.PutAsync(Cluster, "web", Exposure(9000), Precondition.None, Operator, Token);
        Assert.Null(await ReceiveAsync("m1", 9000));
        await _requests.PutAsync(Cluster, "web", Exposure(9001), Precondition.None, Operator, Token);

        Assert.Null(await ReceiveAsync("m1", 9000));

        Assert.Equal((9001, 2L), await WebAsync());
        var remembered = Assert.Single(await _operations.ListAsync(Cluster, null, 10, Token), served => served.Operation.Exposures is []);
        Assert.Equal((OperationStatus.Succeeded, "m1"), (remembered.Operation.Status, remembered.Operation.CorrelationId));
    }

    [Fact]
    public async Task A_rejected_message_that_returns_is_rejected_again()
    {
        var first = await ReceiveAsync("m1", 9000);
        Assert.NotNull(first);
        await PutClusterAsync();

        Assert.Equal(first, await ReceiveAsync("m1", 9000));

        Assert.Equal(default, await WebAsync());
        Assert.Null(await ReceiveAsync("m2", 9000));
        Assert.Equal((9000, 1L), await WebAsync());
    }

    private Task<PutResult<ClusterSpec>> PutClusterAsync() =>
        _clusters.PutAsync(Cluster, new ClusterSpec { Location = "eastus2" }, Precondition.None, Operator, Token);

    private async Task<(int Port, long Generation)> WebAsync() =>
        await _exposures.GetAsync(Cluster, "web", Token) is { } web ? (web.Spec.Port, web.Metadata.Generation) : default;

    private Task<string?> ReceiveAsync(string message, int port) =>
        _queue.RunAsync(
            QueuesModelFactory.QueueMessage(
                message,
                "receipt",
                BinaryData.FromString(
                    $$$"""{"cluster":{"subscriptionId":"{{{Cluster.SubscriptionId}}}","""
                        + $$$""" "resourceGroup":"{{{Cluster.ResourceGroup}}}","name":"{{{Cluster.Name}}}"},"""
                        + $$$""" "put":[{"name":"web","spec":{"port":{{{port}}},"backends":[{"service":"tcpecho","port":9000}]}}]}"""
                ),
                dequeueCount: 1,
                insertedOn: DateTimeOffset.UnixEpoch.AddYears(56)
            ),
            _hub,
            Token
        );

    private static ExposureSpec Exposure(int port) => new() { Port = port, Backends = [new BackendSpec("tcpecho", "default", 9000, 100)] };

    /// <summary>A task hub with a keeper that runs.</summary>
    private sealed class Hub : BareHub
    {
        public bool IsAway { get; set; }

        public int Woken { get; private set; }

        public override Task<OrchestrationMetadata?> GetInstancesAsync(
            string instanceId,
            bool getInputsAndOutputs = false,
            CancellationToken cancellation = default
        ) =>
            IsAway
                ? throw new IOException("The task hub is away.")
                : Task.FromResult<OrchestrationMetadata?>(
                    new OrchestrationMetadata(nameof(KeepClusterOrchestrator), instanceId)
                    {
                        RuntimeStatus = OrchestrationRuntimeStatus.Running,
                    }
                );

        public override Task RaiseEventAsync(
            string instanceId,
            string eventName,
            object? eventPayload = null,
            CancellationToken cancellation = default
        )
        {
            Woken++;
            return Task.CompletedTask;
        }
    }
}
