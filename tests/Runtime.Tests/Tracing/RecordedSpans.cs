using System.Collections.Concurrent;
using System.Diagnostics;

namespace MeshPort.Runtime.Tests.Tracing;

/// <summary>Collects the runtime's spans in this process. Other tests run concurrently, so spans are selected by their trace.</summary>
internal sealed class RecordedSpans : IDisposable
{
    private const string CallersName = "the callers of the tests";
    private static readonly ActivitySource Callers = new(CallersName);
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public RecordedSpans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is LocalHost.TraceSource or "Microsoft.AspNetCore" or CallersName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyCollection<Activity> All => _ended;

    /// <summary>Starts the span of a request from outside.</summary>
    public static Activity Begin()
    {
        Activity.Current = null;
        return Callers.StartActivity("request") ?? throw new InvalidOperationException("No listener is active.");
    }

    public IReadOnlyList<Activity> Of(Activity request, string name) =>
        [.. _ended.Where(span => span.TraceId == request.TraceId && span.DisplayName == name)];

    public void Dispose() => _listener.Dispose();
}
