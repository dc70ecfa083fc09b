using MeshPort.Runtime.Durable.History;

namespace MeshPort.Runtime.Tracing;

/// <summary>
/// On whose behalf an orchestration works, as its history tells: of whoever started it or last sent it an event. One that has continued as new stands on its own feet once a timer of
/// its own has fired: an eternal orchestration's next round is nobody's request.
/// </summary>
internal sealed class Cause
{
    private bool _isAgain;

    /// <summary>A <see cref="TraceText"/>; null for nobody's.</summary>
    public string? Trace { get; private set; }

    /// <summary>That of the last event, for whom it continues as new.</summary>
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
