using System.Collections.Concurrent;
using System.Diagnostics;

namespace MeshPort.EndToEnd.Tests.Telemetry;

/// <summary>
/// The requests to the servers of this process (a sandbox), as spans of the callers' <c>traceparent</c>.
/// </summary>
internal sealed class ServerSpans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public ServerSpans()
    {
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Of(string trace) => [.. _ended.Where(span => span.TraceId.ToHexString() == trace)];

    public void Dispose() => _listener.Dispose();
}
