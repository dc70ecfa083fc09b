using MeshPort.Runtime.Durable.History;
using Microsoft.DurableTask;

namespace MeshPort.Runtime.Durable.Replay;

/// <summary>The end of an execution.</summary>
internal abstract record Ending
{
    public sealed record Completed(string? Output) : Ending;

    public sealed record Failed(TaskFailureDetails Failure) : Ending;

    /// <param name="Kept">The undelivered events, and a suspension that arrived with them.</param>
    /// <param name="Trace">The parent span of the next execution.</param>
    public sealed record ContinuedAsNew(string? Input, IReadOnlyList<HistoryEvent> Kept, string? Version = null, string? Trace = null)
        : Ending;
}

internal sealed record ActivityCall(int Id, string Name, string? Input);

internal sealed record ChildCall(int Id, string Name, string InstanceId, string? Input, string? Version = null);

internal sealed record SentEvent(string InstanceId, EventRaised Event);

/// <summary>The decisions of one step, written in one transaction.</summary>
internal sealed class StepOutcome
{
    /// <summary>The events to append to the history.</summary>
    public List<HistoryEvent> History { get; } = [];

    public List<ActivityCall> Activities { get; } = [];

    public List<ChildCall> Children { get; } = [];

    public List<TimerCreated> Timers { get; } = [];

    public List<int> CancelledTimers { get; } = [];

    public List<SentEvent> Events { get; } = [];

    /// <summary>Null when the step did not set it.</summary>
    public string? CustomStatus { get; set; }

    /// <summary>Null while the execution continues.</summary>
    public Ending? Ending { get; set; }

    public bool IsSuspended { get; set; }

    /// <summary>The parent span of the step's calls and children.</summary>
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
