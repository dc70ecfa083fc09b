using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MeshPort.Model;
using MeshPort.Telemetry;

namespace MeshPort.Functions.Tests.Infra;

/// <summary>
/// The metrics that the product sends, with their attributes, as its real instruments measure them: those of MeshPort, of requests and of
/// the runtime.
/// </summary>
internal sealed class SentMetrics
{
    private static readonly Lazy<Task<SentMetrics>> All = new(MeasureAsync);
    private readonly Dictionary<string, SentMetric> _byName = new(StringComparer.Ordinal);

    /// <summary>By name, as in Azure.</summary>
    public IReadOnlyDictionary<string, SentMetric> ByName => _byName;

    /// <summary>By the names of Prometheus's series.</summary>
    public IReadOnlyDictionary<string, SentMetric> BySeries =>
        _byName
            .Values.SelectMany(metric => metric.Series.Select(series => (series, metric)))
            .ToDictionary(one => one.series, one => one.metric);

    public static Task<SentMetrics> ReadAsync() => All.Value;

    private static async Task<SentMetrics> MeasureAsync()
    {
        var sent = new SentMetrics();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (Instruments.Meters.Contains(instrument.Meter.Name))
                {
                    lock (sent._byName)
                    {
                        sent._byName.TryAdd(instrument.Name, new SentMetric(instrument)); // several meters have the same name
                    }

                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>(sent.Note);
        listener.SetMeasurementEventCallback<long>(sent.Note);
        listener.SetMeasurementEventCallback<double>(sent.Note);
        listener.Start();
        Measure();
        await FailToCallAsync();
        listener.RecordObservableInstruments();
        return sent;
    }

    /// <summary>Every measurement of MeshPort. The values of attributes are those of docs/telemetry.md.</summary>
    private static void Measure()
    {
        Instruments.ConvergenceEnded("ready", TimeSpan.Zero);
        Instruments.RequestEnded("cluster", "succeeded", TimeSpan.Zero);
        Instruments.ConvergenceAbandoned();
        Instruments.KeeperRestarted("missing");
        Instruments.Written("arm");
        Instruments.Happened(new(default, HistoryTypes.Repaired, null, "", "", Target: "Gateway default/echo"));
        Instruments.Happened(new(default, HistoryTypes.PortReverted, null, "", ""));
        Instruments.Probed("Answered", TimeSpan.Zero);
        ClusterInstruments.CountExposures("cluster", new ExposureCounts(1, 1, 1, 1), TimeSpan.Zero);
        ClusterInstruments.CertificateExpires("cluster", TimeSpan.Zero, TimeSpan.Zero);
        Instruments.Waited(TimeSpan.Zero);
        Instruments.MessageRejected("MalformedJson");
        FleetInstruments.Report(Fleet.Of([new WatchedCluster("cluster", "unknown", null, default, default, default(TimeSpan), 1, 2)]));
    }

    /// <summary>A request to a port where nobody listens.</summary>
    private static async Task FailToCallAsync()
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        try
        {
            await client.GetAsync(new Uri($"http://127.0.0.1:{LoopbackPorts.Free()}/"));
        }
        catch (HttpRequestException refused) when (refused.InnerException is SocketException)
        {
            // its duration is measured
        }
    }

    private void Note<T>(Instrument instrument, T measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        lock (_byName)
        {
            foreach (var (name, value) in tags)
            {
                var values = _byName[instrument.Name].Attributes;
                values.TryAdd(name, new HashSet<string>(StringComparer.Ordinal));
                values[name].Add($"{value}");
            }
        }
    }
}

/// <param name="Instrument">The instrument that measures it.</param>
internal sealed partial record SentMetric(Instrument Instrument)
{
    /// <summary>The measured attributes, with their values.</summary>
    public Dictionary<string, HashSet<string>> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>
    /// The series of Prometheus (opentelemetry.io, "Prometheus and OpenMetrics Compatibility"): unit and kind become suffixes.
    /// </summary>
    public IEnumerable<string> Series
    {
        get
        {
            var kind = Instrument.GetType().Name;
            var unit = Instrument.Unit switch
            {
                "s" => "_seconds",
                "By" => "_bytes",
                "1" when kind.Contains("Gauge", StringComparison.Ordinal) => "_ratio",
                _ => "",
            };
            var name = NotInSeries().Replace(Instrument.Name, "_") + unit;
            return kind.StartsWith("Histogram", StringComparison.Ordinal) ? [$"{name}_bucket", $"{name}_sum", $"{name}_count"]
                : kind.Contains("Counter", StringComparison.Ordinal) && !kind.Contains("UpDown", StringComparison.Ordinal)
                    ? [$"{name}_total"]
                : [name];
        }
    }

    /// <summary>The labels of its series.</summary>
    public IEnumerable<string> Labels => Attributes.Keys.Select(name => NotInSeries().Replace(name, "_")).Append("le");

    [GeneratedRegex(@"[^A-Za-z0-9]")]
    private static partial Regex NotInSeries();
}
