using System.Diagnostics;
using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Invocation;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.Runtime.Tracing;

/// <summary>
/// The runtime's spans, with the names and tags of Durable Task. One difference: the span of an orchestration covers only its first step.
/// It is exported at once, even if the process dies later, and is the parent of the orchestration's other spans. Without a listener, no
/// span is created.
/// </summary>
internal static class RuntimeSpans
{
    public const string SourceName = "MeshPort.Runtime";
    private static readonly ActivitySource Source = new(SourceName);

    public static bool AreWanted => Source.HasListeners();

    /// <summary>The current span as <see cref="TraceText"/>. Null without a span or a listener.</summary>
    public static string? Current => AreWanted ? TraceText.Of(Activity.Current) : null;

    /// <summary>Starts the span of a function that a queue, a timer or an event triggers. HTTP requests have the server's span.</summary>
    public static Activity? Function(FunctionEntry entry)
    {
        var kind = Activity.Current is null ? ActivityKind.Consumer : ActivityKind.Internal;
        return Source.StartActivity(
            $"function:{entry.Name}",
            kind,
            default(ActivityContext),
            [new("faas.name", entry.Name), new("faas.trigger", entry.Trigger is TimerTriggerAttribute ? "timer" : "pubsub")]
        );
    }

    /// <param name="parent">Null starts a new trace.</param>
    public static Activity? Orchestration(InstanceRow instance, string? parent) =>
        Start("orchestration", instance.Name, instance.Id, parent, []);

    public static Activity? Call(ActivityRow call) =>
        Start("activity", call.Name, call.InstanceId, call.Trace, [new("durabletask.task.task_id", call.Task)]);

    /// <summary>Marks the span as failed. Records only the exception's type: its message may be confidential. The log has it.</summary>
    public static void Fail(this Activity? span, Exception exception) => span.Fail(exception.GetType().FullName);

    public static void Fail(this Activity? span, string? errorType) =>
        span?.SetTag("error.type", errorType).SetStatus(ActivityStatusCode.Error);

    private static Activity? Start(
        string type,
        string name,
        string instanceId,
        string? parent,
        ReadOnlySpan<KeyValuePair<string, object?>> more
    )
    {
        if (!AreWanted)
        {
            return null;
        }

        Activity.Current = null; // otherwise a span without a parent becomes a child of the current span
        KeyValuePair<string, object?>[] tags =
        [
            new("durabletask.type", type),
            new("durabletask.task.name", name),
            new("durabletask.task.instance_id", instanceId),
            .. more,
        ];
        return Source.StartActivity($"{type}:{name}", ActivityKind.Server, TraceText.Parse(parent), tags);
    }
}
