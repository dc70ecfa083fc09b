using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using MeshPort.Convergence;
using MeshPort.Functions.Tests.State;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshPort.Functions.Tests.Telemetry;

[Collection(nameof(FleetInstruments))]
public sealed class ConvergenceTelemetryTests : IDisposable
{
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "group", "cluster");
    private static readonly ActivitySource Callers = new("the callers of the convergence tests");
    private readonly SqliteHome _home = new();
    private readonly ClusterStore _clusters;
    private readonly ExposureRequests _requests;
    private readonly ExposureStore _exposures;
    private readonly StatusStore _log;
    private readonly Operations _operations;
    private readonly ActivityListener _listener;

    public ConvergenceTelemetryTests()
    {
        var store = _home.Open();
        _clusters = new ClusterStore(store, TimeProvider.System);
        _requests = new ExposureRequests(store, new WriterLocks(), new Limits(Limits.DefaultPorts), TimeProvider.System);
        _exposures = new ExposureStore(store);
        _log = new StatusStore(store, TimeProvider.System);
        _operations = new Operations(store, TimeProvider.System);
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "the callers of the convergence tests",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listener.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task A_convergence_is_linked_with_every_request_that_it_takes_up()
    {
        var requests = new List<string>();
        requests.Add(
            await AskAsync(by => _clusters.PutAsync(Cluster, new ClusterSpec { Location = "eastus2" }, Precondition.None, by, Token))
        );
        requests.Add(await AskAsync(by => _requests.PutAsync(Cluster, "one", Spec(9001), Precondition.None, by, Token)));
        requests.Add(await AskAsync(by => _requests.PutAsync(Cluster, "two", Spec(9002), Precondition.None, by, Token)));

        using var span = Callers.StartActivity("activity");
        await new RequestLinks(_operations).AddAsync(Cluster, long.MaxValue, Token);

        Assert.Equal(requests.Order(), (span?.Links ?? []).Select(link => link.Context.TraceId.ToHexString()).Order());
        Assert.All(span?.Links ?? [], link => Assert.Equal($"vendor={link.Context.TraceId.ToHexString()}", link.Context.TraceState));
        Assert.Equal((Cluster.Key, 3), (span?.GetTagItem("meshport.cluster"), span?.GetTagItem("meshport.requests")));
    }

    [Fact]
    public async Task A_convergence_that_fails_unexpectedly_is_counted()
    {
        var measured = new ConcurrentQueue<long>();
        using var meter = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Name: "meshport.convergence.abandoned", Unit: "{convergence}", Meter.Name: Instruments.MeterName })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meter.SetMeasurementEventCallback<long>((_, measurement, _, _) => measured.Enqueue(measurement));
        meter.Start();
        await AskAsync(by => _clusters.PutAsync(Cluster, new ClusterSpec { Location = "eastus2" }, Precondition.None, by, Token));

        await new AbandonConvergence(_log, _operations, NullLogger<AbandonConvergence>.Instance).RunAsync(
            new AbandonRequest(Cluster, "a bug"),
            Token
        );

        Assert.Equal([1L], measured);
    }

    /// <summary>A convergence may wait for Azure for hours; an exposure that fails meanwhile must show.</summary>
    [Fact]
    public async Task Exposures_are_counted_while_a_convergence_continues()
    {
        await AskAsync(by => _clusters.PutAsync(Cluster, new ClusterSpec { Location = "eastus2" }, Precondition.None, by, Token));
        await AskAsync(by => _requests.PutAsync(Cluster, "one", Spec(9001), Precondition.None, by, Token));
        var counted = new ConcurrentQueue<double>();
        using var meter = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Name: "meshport.exposures", Meter.Name: Instruments.MeterName })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meter.SetMeasurementEventCallback<double>(
            (_, measurement, tags, _) =>
            {
                if (tags[0].Value is string key && key == Cluster.Key && tags[1].Value is ("not_ready" or "unknown"))
                {
                    counted.Enqueue(measurement);
                }
            }
        );
        meter.Start();

        await ContinueAsync(new ListLogger());
        meter.RecordObservableInstruments();

        Assert.Equal(1, counted.Sum());
    }

    [Fact]
    public async Task The_log_names_requests_that_end_while_a_convergence_continues()
    {
        await AskAsync(by => _clusters.PutAsync(Cluster, new ClusterSpec { Location = "eastus2" }, Precondition.None, by, Token));
        await AskAsync(by => _requests.PutAsync(Cluster, "one", Spec(9001), Precondition.None, by, Token));
        var ready = ConditionTypes
            .OfExposure.Where(type => type != ConditionTypes.Ready)
            .Aggregate(
                (await _exposures.ListAsync(Cluster, Token))[0].Status,
                (status, type) => status.With(type, Observation.True(Reasons.AsDesired, ""), 1, DateTimeOffset.UnixEpoch)
            );
        await _log.RecordExposuresAsync(Cluster, [("one", ready)], Token);

        var log = new ListLogger();
        await ContinueAsync(log);

        Assert.Contains("continues; operations served so far: 1", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    private Task ContinueAsync(ListLogger log) =>
        new EndConvergence(
            _clusters,
            _exposures,
            _log,
            _operations,
            new Resync(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)),
            TimeProvider.System,
            LoggerFactory.Create(logging => logging.AddProvider(log)).CreateLogger<EndConvergence>()
        ).RunAsync(new EndRequest(Cluster, 2, 2, 1, [], null, IsOver: false, DateTimeOffset.UnixEpoch), Token);

    /// <returns>The trace of the request.</returns>
    private static async Task<string> AskAsync<T>(Func<Requester, Task<PutResult<T>>> ask)
    {
        Activity.Current = null;
        using var request = Callers.StartActivity("request");
        var trace = request?.TraceId.ToHexString() ?? "";
        request?.TraceStateString = $"vendor={trace}";
        Assert.NotNull((await ask(new Requester(RequestTrigger.Http, null, trace))).OperationId);
        return trace;
    }

    private static ExposureSpec Spec(int port) => new() { Port = port, Backends = [new BackendSpec("service", "default", port, 100)] };
}
