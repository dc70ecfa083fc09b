using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshPort.EndToEnd.Tests.Telemetry;

/// <summary>A collector that receives OTLP over HTTP and keeps it.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> _received = new();

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _application = builder.Build();
        _application.Urls.Add("http://127.0.0.1:0");
        _application.MapPost(
            "/v1/{signal}",
            async (string signal, HttpRequest request) =>
            {
                var body = new MemoryStream();
                await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
                _received.Enqueue((signal, body.ToArray()));
                return Results.Bytes([], "application/x-protobuf");
            }
        );
    }

    /// <summary>The settings with which a process exports everything here without delay.</summary>
    public IReadOnlyDictionary<string, string> Settings =>
        new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = _application.Urls.First(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "300",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        };

    public IReadOnlyList<SentSpan> Spans => [.. Of("traces").SelectMany(SentSpan.Read)];

    public IReadOnlyList<SentPoint> Points => [.. Of("metrics").SelectMany(SentPoint.Read)];

    public IReadOnlyList<SentLine> Lines => [.. Of("logs").SelectMany(SentLine.Read)];

    /// <summary>The received bytes, in which texts are readable.</summary>
    public string Raw => string.Concat(_received.Select(message => Encoding.UTF8.GetString(message.Body)));

    public static async Task<OtlpReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var receiver = new OtlpReceiver();
        await receiver._application.StartAsync(cancellationToken);
        return receiver;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private IEnumerable<ProtobufMessage> Of(string signal) =>
        _received.Where(message => message.Signal == signal).Select(message => new ProtobufMessage(message.Body));
}
