using System.Collections.Concurrent;
using System.Diagnostics;

namespace MeshPort.Runtime.Tests.Tracing;

/// <summary>The runtime's spans as a listener of this process hears them. Other tests run beside: spans are told apart by their trace.</summary>
internal sealed class HeardSpans : IDisposable
{
    private const string CallersName = "the callers of the tests";
    private static readonly ActivitySource Callers = new(CallersName);
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public HeardSpans()
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

    /// <summary>A request from outside.</summary>
    public static Activity Begin()
    {
        Activity.Current = null;
        return Callers.StartActivity("request") ?? throw new InvalidOperationException("Nobody listens.");
    }

    public IReadOnlyList<Activity> Of(Activity request, string name) =>
        [.. _ended.Where(span => span.TraceId == request.TraceId && span.DisplayName == name)];

    public void Dispose() => _listener.Dispose();
}
