using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.DurableTask;

namespace MeshPort.Runtime.Durable.History;

/// <summary>
/// An event of an instance's history. A step appends <see cref="StepStarted"/>, then the events that arrived, then the orchestrator's
/// decisions. A name on disk never changes its meaning: a new meaning gets a new name.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "e")]
[JsonDerivedType(typeof(StepStarted), "step")]
[JsonDerivedType(typeof(ExecutionStarted), "started")]
[JsonDerivedType(typeof(TaskScheduled), "task")]
[JsonDerivedType(typeof(TaskCompleted), "taskCompleted")]
[JsonDerivedType(typeof(TaskFailed), "taskFailed")]
[JsonDerivedType(typeof(ChildScheduled), "child")]
[JsonDerivedType(typeof(ChildCompleted), "childCompleted")]
[JsonDerivedType(typeof(ChildFailed), "childFailed")]
[JsonDerivedType(typeof(TimerCreated), "timer")]
[JsonDerivedType(typeof(TimerFired), "timerFired")]
[JsonDerivedType(typeof(EventRaised), "event")]
[JsonDerivedType(typeof(EventSent), "eventSent")]
[JsonDerivedType(typeof(Suspended), "suspended")]
[JsonDerivedType(typeof(Resumed), "resumed")]
[JsonDerivedType(typeof(TerminateRequested), "terminate")]
[JsonDerivedType(typeof(RewindRequested), "rewind")]
[JsonDerivedType(typeof(Rewound), "rewound")]
internal abstract record HistoryEvent
{
    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static HistoryEvent FromJson(string json) =>
        JsonSerializer.Deserialize<HistoryEvent>(json, Json) ?? throw new InvalidDataException("An event in the durable store is null.");

    public static string ToJson(IReadOnlyList<HistoryEvent> events) => JsonSerializer.Serialize(events, Json);

    public static List<HistoryEvent> ManyFromJson(string json) =>
        JsonSerializer.Deserialize<List<HistoryEvent>>(json, Json)
        ?? throw new InvalidDataException("A step in the durable store is null.");
}

/// <summary>A decision of the orchestrator. The id counts decisions from 0 and must be the same on every replay.</summary>
internal interface IDecision
{
    int Id { get; }

    /// <summary>Describes the decision in messages. Equal decisions have equal descriptions.</summary>
    string Describe();
}

internal sealed record StepStarted(DateTimeOffset At) : HistoryEvent;

/// <param name="Trace">The parent span (<see cref="Tracing.TraceText"/>).</param>
/// <param name="IsAgain">True when the instance continued as new.</param>
internal sealed record ExecutionStarted(
    string Name,
    string? Input,
    string? Version = null,
    string? Trace = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool IsAgain = false
) : HistoryEvent;

internal sealed record TaskScheduled(int Id, string Name) : HistoryEvent, IDecision
{
    public string Describe() => $"a call of activity '{Name}'";
}

internal sealed record TaskCompleted(int Id, string? Result) : HistoryEvent;

internal sealed record TaskFailed(int Id, TaskFailureDetails Failure) : HistoryEvent;

internal sealed record ChildScheduled(int Id, string Name, string InstanceId) : HistoryEvent, IDecision
{
    public string Describe() => $"a call of sub-orchestrator '{Name}'";
}

internal sealed record ChildCompleted(int Id, string? Result) : HistoryEvent;

internal sealed record ChildFailed(int Id, TaskFailureDetails Failure) : HistoryEvent;

internal sealed record TimerCreated(int Id, DateTimeOffset FireAt) : HistoryEvent, IDecision
{
    public string Describe() => "a timer";
}

internal sealed record TimerFired(int Id) : HistoryEvent;

/// <param name="Trace">The sender's span (<see cref="Tracing.TraceText"/>).</param>
internal sealed record EventRaised(string Name, string? Payload, string? Trace = null) : HistoryEvent;

internal sealed record EventSent(int Id, string InstanceId, string Name) : HistoryEvent, IDecision
{
    public string Describe() => $"an event '{Name}' to an instance";
}

internal sealed record Suspended(string? Reason) : HistoryEvent;

internal sealed record Resumed(string? Reason) : HistoryEvent;

internal sealed record TerminateRequested(string? Output, bool Recursive) : HistoryEvent;

internal sealed record RewindRequested(string? Reason) : HistoryEvent;

/// <summary>Voids the earlier failures of these tasks. The tasks are open again.</summary>
internal sealed record Rewound(IReadOnlyList<int> Tasks, string? Reason) : HistoryEvent;
