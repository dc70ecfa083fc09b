using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Replay;
using MeshPort.Runtime.Durable.Store;
using Microsoft.DurableTask;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// The history of an instance as the management API returns it for showHistory=true, with the official names. A scheduled event and its
/// completion become one event.
/// </summary>
internal sealed class HistoryView
{
    private readonly bool _withData;
    private readonly Dictionary<int, (JsonObject Event, string? Name, DateTimeOffset At)> _open = [];
    private readonly List<JsonObject> _events = [];
    private DateTimeOffset _at;

    private HistoryView(bool withData) => _withData = withData;

    /// <param name="withData">Includes inputs and results (showHistoryOutput).</param>
    /// <returns>Null when the instance does not exist.</returns>
    public static JsonArray? Of(DurableStore store, string instanceId, bool withData)
    {
        var (instance, history) = store.Read(database => (InstanceRow.Find(database, instanceId), HistoryRows.Read(database, instanceId)));
        if (instance is null)
        {
            return null;
        }

        var view = new HistoryView(withData) { _at = instance.Created };
        foreach (var happened in Rewinding.WithoutVoid(history, []))
        {
            view.Add(happened);
        }

        if (instance.IsFinished)
        {
            view._at = instance.Updated;
            view.Append("ExecutionCompleted", ("OrchestrationStatus", instance.Status.ToString()), ("Result", view.Data(instance.Output)));
        }

        return new JsonArray([.. view._events]);
    }

    private void Add(HistoryEvent happened)
    {
        switch (happened)
        {
            case StepStarted step:
                _at = step.At;
                break;
            case ExecutionStarted started:
                Append("ExecutionStarted", ("FunctionName", started.Name), ("Input", Data(started.Input)));
                break;
            case EventRaised raised:
                Append("EventRaised", ("Name", raised.Name), ("Input", Data(raised.Payload)));
                break;
            case EventSent sent:
                Append("EventSent", ("InstanceId", sent.InstanceId), ("Name", sent.Name));
                break;
            case Suspended suspended:
                Append("ExecutionSuspended", ("Reason", suspended.Reason));
                break;
            case Resumed resumed:
                Append("ExecutionResumed", ("Reason", resumed.Reason));
                break;
            case Rewound rewound:
                Append("ExecutionRewound", ("Reason", rewound.Reason));
                break;
            case TerminateRequested terminated:
                Append("ExecutionTerminated", ("Input", Data(terminated.Output)));
                break;
            default:
                AddTask(happened);
                break;
        }
    }

    /// <summary>Adds an event of an activity, a child or a timer.</summary>
    private void AddTask(HistoryEvent happened)
    {
        switch (happened)
        {
            case TaskScheduled task:
                Open(task.Id, task.Name, Append("TaskScheduled", ("FunctionName", task.Name)));
                break;
            case TaskCompleted task:
                Close(task.Id, "TaskCompleted", ("Result", Data(task.Result)));
                break;
            case TaskFailed task:
                Close(task.Id, "TaskFailed", Failure(task.Failure));
                break;
            case ChildScheduled child:
                Open(
                    child.Id,
                    child.Name,
                    Append("SubOrchestrationInstanceCreated", ("FunctionName", child.Name), ("InstanceId", child.InstanceId))
                );
                break;
            case ChildCompleted child:
                Close(child.Id, "SubOrchestrationInstanceCompleted", ("Result", Data(child.Result)));
                break;
            case ChildFailed child:
                Close(child.Id, "SubOrchestrationInstanceFailed", Failure(child.Failure));
                break;
            case TimerCreated timer:
                Open(timer.Id, null, Append("TimerCreated", ("FireAt", Time(timer.FireAt))));
                break;
            case TimerFired timer:
                Close(timer.Id, "TimerFired");
                break;
            default:
                Append(happened.GetType().Name);
                break;
        }
    }

    private void Open(int id, string? name, JsonObject shown) => _open[id] = (shown, name, _at);

    private void Close(int id, string type, params ReadOnlySpan<(string Name, JsonNode? Value)> properties)
    {
        var closed = Append(type, properties);
        if (_open.Remove(id, out var opened))
        {
            _events.Remove(opened.Event);
            closed["ScheduledTime"] = Time(opened.At);
            if (opened.Name is { } name)
            {
                closed["FunctionName"] = name;
            }
        }
    }

    private JsonObject Append(string type, params ReadOnlySpan<(string Name, JsonNode? Value)> properties)
    {
        var shown = new JsonObject { ["EventType"] = type, ["Timestamp"] = Time(_at) };
        foreach (var (name, value) in properties)
        {
            if (value is not null)
            {
                shown[name] = value;
            }
        }

        _events.Add(shown);
        return shown;
    }

    private static (string Name, JsonNode? Value)[] Failure(TaskFailureDetails failure) =>
        [("Reason", failure.ErrorMessage), ("Details", failure.ToString())];

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);

    private JsonNode? Data(string? data)
    {
        try
        {
            return data is null || !_withData ? null : JsonNode.Parse(data);
        }
        catch (JsonException)
        {
            return JsonValue.Create(data); // the output of a failed instance is plain text
        }
    }
}
