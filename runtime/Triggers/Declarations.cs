using System.Reflection;
using Azure.Core;
using Azure.Storage.Queues;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Triggers.EventGrid;
using MeshPort.Runtime.Triggers.Http;
using MeshPort.Runtime.Triggers.Queues;
using MeshPort.Runtime.Triggers.Timers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;

namespace MeshPort.Runtime.Triggers;

/// <summary>What is wrong with a function's declaration: its trigger, its parameters, its outputs, and the settings they name.</summary>
/// <param name="credential">Stands for the TokenCredential that the application has registered; null when it has none.</param>
internal sealed class Declarations(IConfiguration settings, string routePrefix, TokenCredential? credential)
{
    public IEnumerable<string> Check(FunctionEntry entry) =>
        ((IEnumerable<string>)[.. CheckMethod(entry), .. CheckTrigger(entry), .. CheckOutputs(entry), .. CheckRetries(entry)]).Distinct();

    private static IEnumerable<string> CheckMethod(FunctionEntry entry)
    {
        if (entry.Method.ContainsGenericParameters || entry.Method.DeclaringType is { IsAbstract: true, IsSealed: false })
        {
            yield return "it is generic, or its class is abstract.";
        }

        foreach (
            var client in entry
                .Method.GetParameters()
                .Where(parameter =>
                    parameter.GetCustomAttribute<DurableClientAttribute>() is not null
                    && parameter.ParameterType != typeof(DurableTaskClient)
                )
        )
        {
            yield return $"[DurableClient] '{client.Name}' is a {nameof(DurableTaskClient)}, not {client.ParameterType}.";
        }

        if (entry.Trigger is TimerTriggerAttribute or ActivityTriggerAttribute && Others(entry).FirstOrDefault() is { } other)
        {
            yield return $"nothing is known to bind its parameter '{other.Name}' ({other.ParameterType}) to.";
        }

        if (
            entry.Method.GetParameters().Where(BodyBinding.IsBody).ToList() is { Count: > 0 } bodies
            && (bodies.Count > 1 || entry.Trigger is not HttpTriggerAttribute)
        )
        {
            yield return $"[FromBody] is for one parameter of an HTTP function, not for {string.Join(" and ", bodies.Select(body => $"'{body.Name}'"))}.";
        }

        foreach (var parameter in Others(entry).Where(parameter => !ParameterTypes.IsValue(parameter.ParameterType)))
        {
            yield return $"its parameter '{parameter.Name}' is {parameter.ParameterType}, which no data can be bound to.";
        }
    }

    private IEnumerable<string> CheckTrigger(FunctionEntry entry)
    {
        var type = entry.TriggerParameter.ParameterType;
        return entry.Trigger switch
        {
            HttpTriggerAttribute when type != typeof(HttpRequest) && type != typeof(HttpRequestData) =>
            [
                $"an HTTP trigger's parameter is an {nameof(HttpRequest)} or an {nameof(HttpRequestData)}, not {type}.",
            ],
            HttpTriggerAttribute http => [.. Listed(HttpRoute.Check(entry, http, routePrefix)), .. Listed(HttpAccess.Check(entry))],
            TimerTriggerAttribute when type != typeof(TimerInfo) => [$"a timer trigger's parameter is a {nameof(TimerInfo)}, not {type}."],
            TimerTriggerAttribute timer => Listed(Refusal(() => Schedule.Parse(entry.Name, timer.Schedule, settings))),
            QueueTriggerAttribute when !ParameterTypes.IsValue(type) => [$"a queue message cannot be bound to {type}."],
            QueueTriggerAttribute queue => CheckQueue(queue.QueueName, queue.Connection),
            var events when EventGridTrigger.Is(events) => Listed(EventBinding.Refusal(type, EventGridTrigger.IsBatched(events))),
            OrchestrationTriggerAttribute when type != typeof(TaskOrchestrationContext) =>
            [
                $"an orchestrator's parameter is a {nameof(TaskOrchestrationContext)}, not {type}.",
            ],
            OrchestrationTriggerAttribute when Others(entry).Count() > 1 => ["an orchestrator has one more parameter at most, its input."],
            OrchestrationTriggerAttribute when !typeof(Task).IsAssignableFrom(entry.Method.ReturnType) =>
            [
                $"an orchestrator returns a Task, not {entry.Method.ReturnType}.",
            ],
            OrchestrationTriggerAttribute or ActivityTriggerAttribute => [],
            _ => [$"it has a {entry.Trigger.GetType().Name}, a trigger that this runtime does not run."],
        };
    }

    private IEnumerable<string> CheckOutputs(FunctionEntry entry)
    {
        var shape = ResultShape.Of(entry.Method);
        foreach (
            var output in shape.Whole.Concat(shape.Parts.Select(part => part.Output)).Where(output => output is not QueueOutputAttribute)
        )
        {
            yield return $"it has a {output.GetType().Name}, an output that this runtime does not write.";
        }

        var answers = shape
            .Type.GetProperties()
            .Where(property => property.IsDefined(typeof(HttpResultAttribute), inherit: false))
            .ToList();
        if (answers.Count > 1)
        {
            yield return $"{string.Join(" and ", answers.Select(answer => answer.Name))} of its result all have [HttpResult]; one is the answer.";
        }

        if (
            entry.Trigger is HttpTriggerAttribute
            && shape.Parts.Count > 0
            && answers.Count == 0
            && shape.Type.GetProperties().FirstOrDefault(property => IsAnswer(property.PropertyType)) is { } answer
        )
        {
            yield return $"{answer.Name} of its result is an HTTP answer beside other outputs; mark it with [HttpResult].";
        }

        if (shape.HasOutputs && entry.Trigger is OrchestrationTriggerAttribute or ActivityTriggerAttribute)
        {
            yield return "its result goes to the orchestration; it has no other outputs.";
        }

        if (shape.Whole.Count > 0 && (shape.Type == typeof(void) || IsAnswer(shape.Type)))
        {
            yield return $"its output cannot send {shape.Type}; return the message, or an object with properties for the answer and the message.";
        }

        foreach (var problem in shape.QueueOutputs.SelectMany(queue => CheckQueue(queue.QueueName, queue.Connection)))
        {
            yield return problem;
        }
    }

    /// <summary>As the official build refuses them (AZFW0012): only timers of the triggers here are retried by the host.</summary>
    private static IEnumerable<string> CheckRetries(FunctionEntry entry)
    {
        RetryAttribute? retry = null;
        string? refusal = null;
        try
        {
            retry = entry.Method.GetCustomAttribute<RetryAttribute>();
        }
        catch (ArgumentException exception)
        {
            refusal = exception.Message;
        }

        return refusal is not null ? [$"its retry attribute is wrong: {refusal}"]
            : retry is null ? []
            : entry.Trigger is not TimerTriggerAttribute
                ?
                [
                    $"it has a {retry.GetType().Name}, which only timers may have; queues deliver again, and orchestrations retry activities.",
                ]
            : retry.MaxRetryCount < -1 ? [$"its MaxRetryCount is {retry.MaxRetryCount}; it is -1, without end, or more."]
            : [];
    }

    private static bool IsAnswer(Type type) =>
        typeof(IActionResult).IsAssignableFrom(type)
        || typeof(IResult).IsAssignableFrom(type)
        || typeof(HttpResponseData).IsAssignableFrom(type);

    private IEnumerable<string> CheckQueue(string name, string? connection)
    {
        var byIdentity = false;
        return
        [
            .. Listed(Refusal(() => QueueBindingNames.QueueName(name, settings))),
            .. Listed(
                Refusal(() => byIdentity = QueueBindingNames.ServiceUri(connection, settings) is not null)
                    ?? (
                        byIdentity
                            ? Refusal(() => QueueCredentials.Of(QueueBindingNames.Section(connection, settings), credential))
                            : Refusal(() => Open(connection))
                    )
            ),
        ];
    }

    private QueueServiceClient? Open(string? connection)
    {
        try
        {
            return QueueBindingNames.ConnectionString(connection, settings) is { } account ? QueueClients.Open(account) : null;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            throw new InvalidOperationException(
                $"the setting {QueueBindingNames.Connection(connection)} is no connection string of a storage account.",
                exception
            ); // the value is a secret
        }
    }

    private static string? Refusal<T>(Func<T> resolve)
    {
        try
        {
            resolve();
            return null;
        }
        catch (InvalidOperationException exception)
        {
            return exception.Message;
        }
    }

    private static string[] Listed(string? problem) => problem is null ? [] : [problem];

    /// <summary>The parameters that neither the trigger nor the runtime fills.</summary>
    private static IEnumerable<ParameterInfo> Others(FunctionEntry entry) =>
        entry
            .Method.GetParameters()
            .Where(parameter =>
                parameter != entry.TriggerParameter
                && parameter.ParameterType != typeof(FunctionContext)
                && parameter.ParameterType != typeof(CancellationToken)
                && (parameter.ParameterType != typeof(HttpRequestData) || entry.Trigger is not HttpTriggerAttribute)
                && parameter.GetCustomAttribute<DurableClientAttribute>() is null
            );
}
