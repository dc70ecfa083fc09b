using MeshPort.Runtime.Durable.History;
using Microsoft.DurableTask;

namespace MeshPort.Runtime.Durable.Replay;

/// <summary>How an execution ended.</summary>
internal abstract record Ending
{
    public sealed record Completed(string? Output) : Ending;

    public sealed record Failed(TaskFailureDetails Failure) : Ending;

    /// <param name="Kept">The events that nobody has taken, and a suspension that has come in with them.</param>
    /// <param name="Trace">The span for which it goes on.</param>
    public sealed record ContinuedAsNew(string? Input, IReadOnlyList<HistoryEvent> Kept, string? Version = null, string? Trace = null)
        : Ending;
}

internal sealed record ActivityCall(int Id, string Name, string? Input);

internal sealed record ChildCall(int Id, string Name, string InstanceId, string? Input, string? Version = null);

internal sealed record SentEvent(string InstanceId, EventRaised Event);

/// <summary>What one step decided; written in one transaction.</summary>
internal sealed class StepOutcome
{
    /// <summary>What to append to the history.</summary>
    public List<HistoryEvent> History { get; } = [];

    public List<ActivityCall> Activities { get; } = [];

    public List<ChildCall> Children { get; } = [];

    public List<TimerCreated> Timers { get; } = [];

    public List<int> CancelledTimers { get; } = [];

    public List<SentEvent> Events { get; } = [];

    /// <summary>Null when it was not set in this step.</summary>
    public string? CustomStatus { get; set; }

    /// <summary>Null while the execution goes on.</summary>
    public Ending? Ending { get; set; }

    public bool IsSuspended { get; set; }

    /// <summary>The span that its calls and children belong to.</summary>
    public string? Trace { get; set; }

    public void Clear()
    {
        Activities.Clear();
        Children.Clear();
        Timers.Clear();
        CancelledTimers.Clear();
        Events.Clear();
        CustomStatus = null;
    }
}
