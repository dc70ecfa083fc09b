using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using MeshPort.Convergence;
using MeshPort.Functions.Tests.Convergence;
using MeshPort.Functions.Tests.State;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;
using MeshPort.Timers;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshPort.Functions.Tests.Telemetry;

/// <summary>Rounds of the watchdog over a store and a task hub.</summary>
[Collection(nameof(FleetInstruments))]
public sealed class WatchdogRoundTests : IDisposable
{
    private const string Convergence = "converge-1";
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "lab", "first");
    private static readonly ClusterId Broken = new("00000000-0000-0000-0000-000000000000", "lab", "broken");
    private static readonly TimeSpan LongAgo = TimeSpan.FromMinutes(40);
    private readonly SqliteHome _home = new();
    private readonly IStateStore _store;
    private readonly ClusterStore _clusters;
    private readonly StatusStore _log;
    private readonly Watchdog _watchdog;

    public WatchdogRoundTests()
    {
        var store = _home.Open();
        _store = store;
        _clusters = new ClusterStore(store, TimeProvider.System);
        _log = new StatusStore(store, TimeProvider.System);
        _watchdog = new Watchdog(
            _clusters,
            new ExposureStore(store),
            _log,
            new Operations(store, TimeProvider.System),
            new Resync(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)),
            new Limits(Limits.DefaultPorts),
            TimeProvider.System,
            NullLogger<Watchdog>.Instance
        );
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    /// <summary>Keeper and convergence only wait while features register, for up to a day.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_cluster_whose_features_register_is_not_late(bool registers, bool isLate)
    {
        await AddAsync(Cluster);
        await _log.TakeUpAsync(Cluster, Convergence, null, Token);
        await using var hub = new Hub { [Cluster.KeeperId] = LongAgo, [Convergence] = LongAgo };
        if (registers)
        {
            hub[RegisterFeaturesOrchestrator.InstanceOf(Convergence)] = TimeSpan.FromSeconds(5);
        }

        var delay = (await RoundAsync(hub))[$"meshport.resync.delay {Cluster.Key}"];

        Assert.Equal(isLate, delay > 0);
    }

    /// <summary>A convergence may wait for Azure for hours, in which nothing else counts the exposures.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exposures_are_counted_while_a_convergence_is_under_way(bool isUnderWay)
    {
        await AddAsync(Cluster);
        await new ExposureRequests(_store, new WriterLocks(), new Limits(Limits.DefaultPorts), TimeProvider.System).PutAsync(
            Cluster,
            "echo",
            new ExposureSpec { Port = 9000, Backends = [new BackendSpec("echo", "default", 9000, 100)] },
            Precondition.None,
            new Requester(RequestTrigger.Http, null, "test"),
            Token
        );
        await _log.TakeUpAsync(Cluster, Convergence, null, Token);
        await using var hub = new Hub { [Cluster.KeeperId] = LongAgo };
        if (isUnderWay)
        {
            hub[Convergence] = TimeSpan.FromSeconds(5);
        }

        var measured = await RoundAsync(hub);

        Assert.Equal(isUnderWay ? 1 : 0, measured.GetValueOrDefault($"meshport.exposures {Cluster.Key} unknown"));
        ClusterInstruments.Forget(Cluster.Key);
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_watched_does_not_hide_the_others()
    {
        await AddAsync(Broken);
        await AddAsync(Cluster);
        await using var hub = new Hub { [Cluster.KeeperId] = LongAgo };
        hub.Broken.Add(Broken.KeeperId);

        var measured = await RoundAsync(hub);

        Assert.Equal(2, measured["meshport.clusters unknown"]); // the other one is not observed yet
        Assert.Contains($"meshport.resync.delay {Cluster.Key}", measured.Keys);
        Assert.DoesNotContain($"meshport.resync.delay {Broken.Key}", measured.Keys);
    }

    /// <summary>The operation of a batch is stored last, so a writer that dies leaves none.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_keeper_that_waits_while_an_accepted_batch_is_unfinished_is_woken(bool hasBatch)
    {
        await AddAsync(Cluster);
        await _log.TakeUpAsync(Cluster, Convergence, null, Token);
        var state = Assert.IsType<ClusterState>(await ClusterState.FindAsync(_store, Cluster, Token));
        var accepted = state.Document with
        {
            Change = state.Document.Change + 1,
            JournaledBatch = hasBatch ? new JournaledBatch("batch", 0) : null,
        };
        await _store.TryCommitAsync(Documents.Partition(Cluster), [StateChange.Put(Documents.Cluster, accepted, state.Version)], Token);
        await using var hub = new Hub { [Cluster.KeeperId] = TimeSpan.FromSeconds(5) };

        await RoundAsync(hub);

        Assert.Equal(hasBatch ? [Cluster.KeeperId] : [], hub.Woken);
    }

    private async Task AddAsync(ClusterId cluster) =>
        await _clusters.PutAsync(
            cluster,
            new ClusterSpec { Location = "eastus2" },
            Precondition.None,
            new Requester(RequestTrigger.Http, null, "test"),
            Token
        );

    private async Task<ConcurrentDictionary<string, double>> RoundAsync(Hub hub)
    {
        var measured = new ConcurrentDictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == Instruments.MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, _) =>
                measured[$"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}"] = value
        );
        listener.Start();

        await _watchdog.RunAsync(new TimerInfo(), hub, Token);
        listener.RecordObservableInstruments();
        return measured;
    }

    /// <summary>Instances that run, by the time since their last step.</summary>
    private sealed class Hub : BareHub
    {
        private readonly Dictionary<string, TimeSpan> _instances = new(StringComparer.Ordinal);

        /// <summary>Instances that cannot be read.</summary>
        public HashSet<string> Broken { get; } = new(StringComparer.Ordinal);

        public List<string> Woken { get; } = [];

        public TimeSpan this[string instance]
        {
            set => _instances[instance] = value;
        }

        public override Task<OrchestrationMetadata?> GetInstancesAsync(
            string instanceId,
            bool getInputsAndOutputs = false,
            CancellationToken cancellation = default
        ) =>
            Broken.Contains(instanceId)
                ? throw new InvalidOperationException("The instance cannot be read.")
                : Task.FromResult(
                    _instances.TryGetValue(instanceId, out var age)
                        ? new OrchestrationMetadata("", instanceId)
                        {
                            RuntimeStatus = OrchestrationRuntimeStatus.Running,
                            LastUpdatedAt = TimeProvider.System.GetUtcNow() - age,
                        }
                        : null
                );

        public override Task RaiseEventAsync(
            string instanceId,
            string eventName,
            object? eventPayload = null,
            CancellationToken cancellation = default
        )
        {
            Woken.Add(instanceId);
            return Task.CompletedTask;
        }
    }
}
