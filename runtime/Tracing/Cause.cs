using MeshPort.Runtime.Durable.History;

namespace MeshPort.Runtime.Tracing;

/// <summary>
/// The span that an orchestration works for, derived from its history: the span of its starter or of the last event's sender. After
/// ContinueAsNew, a fired timer clears it, because a new iteration of an eternal orchestration belongs to no request.
/// </summary>
internal sealed class Cause
{
    private bool _isAgain;

    /// <summary>A <see cref="TraceText"/>. Null for none.</summary>
    public string? Trace { get; private set; }

    /// <summary>The last event's span, passed to the next execution by ContinueAsNew.</summary>
    public string? OfNext { get; private set; }

    public static Cause Of(IEnumerable<HistoryEvent> history)
    {
        var cause = new Cause();
        foreach (var happened in history)
        {
            cause.Follow(happened);
        }

        return cause;
    }

    public void Follow(HistoryEvent happened)
    {
        switch (happened)
        {
            case ExecutionStarted started:
                (Trace, _isAgain) = (started.Trace, started.IsAgain);
                break;
            case EventRaised { Trace: { } sender }:
                (Trace, OfNext) = (sender, sender);
                break;
            case TimerFired when _isAgain:
                Trace = null;
                break;
        }
    }
}
