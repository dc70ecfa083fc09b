using System.Diagnostics;
using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Invocation;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.Runtime.Tracing;

/// <summary>
/// The runtime's spans, named and tagged as those of Durable Task. Unlike there, the span of an orchestration covers the step that begins it, not its whole life: it is
/// told at once, whatever happens to the process later, and what the orchestration causes hangs below it. Without a listener nothing is made.
/// </summary>
internal static class Spans
{
    public const string SourceName = "MeshPort.Runtime";
    private static readonly ActivitySource Source = new(SourceName);

    public static bool AreWanted => Source.HasListeners();

    /// <summary>The span that the caller is in, as <see cref="TraceText"/>; null outside of any, and where nobody would follow it.</summary>
    public static string? Current => AreWanted ? TraceText.Of(Activity.Current) : null;

    /// <summary>A function that a queue, a timer or an event has called; HTTP requests have the server's span.</summary>
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

    /// <param name="parent">Null begins a trace.</param>
    public static Activity? Orchestration(InstanceRow instance, string? parent) =>
        Start("orchestration", instance.Name, instance.Id, parent, []);

    public static Activity? Call(ActivityRow call) =>
        Start("activity", call.Name, call.InstanceId, call.Trace, [new("durabletask.task.task_id", call.Task)]);

    /// <summary>Only the type: what an exception says may hold more than others should see. It is in the log.</summary>
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

        Activity.Current = null; // else a span without a parent would be made a child of whatever is here
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
