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

/// <summary>Checks a function's declaration: its trigger, its parameters, its outputs, and the settings they name.</summary>
/// <param name="credential">Stands for the TokenCredential that the application registers. Null when it registers none.</param>
internal sealed class Declarations(IConfiguration settings, string routePrefix, TokenCredential? credential)
{
    public IEnumerable<string> Check(FunctionEntry entry) =>
        (
            (IEnumerable<string>)
                [.. CheckMethod(entry), .. CheckParameters(entry), .. CheckTrigger(entry), .. CheckOutputs(entry), .. CheckRetries(entry)]
        ).Distinct();

    private static IEnumerable<string> CheckMethod(FunctionEntry entry) =>
        entry.Method.ContainsGenericParameters || entry.Method.DeclaringType is { IsAbstract: true, IsSealed: false }
            ? ["the method must not be generic, and its class must not be abstract."]
            : [];

    private static IEnumerable<string> CheckParameters(FunctionEntry entry)
    {
        foreach (
            var client in entry
                .Method.GetParameters()
                .Where(parameter =>
                    parameter.GetCustomAttribute<DurableClientAttribute>() is not null
                    && parameter.ParameterType != typeof(DurableTaskClient)
                )
        )
        {
            yield return $"the [DurableClient] parameter '{client.Name}' "
                + $"must be a {nameof(DurableTaskClient)}, not {client.ParameterType}.";
        }

        if (entry.Trigger is TimerTriggerAttribute or ActivityTriggerAttribute && Others(entry).FirstOrDefault() is { } other)
        {
            yield return $"its parameter '{other.Name}' ({other.ParameterType}) cannot be bound: the trigger has no such data.";
        }

        if (
            entry.Method.GetParameters().Where(BodyBinding.IsBody).ToList() is { Count: > 0 } bodies
            && (bodies.Count > 1 || entry.Trigger is not HttpTriggerAttribute)
        )
        {
            yield return "[FromBody] is allowed on one parameter of an HTTP function, not on "
                + $"{string.Join(" and ", bodies.Select(body => $"'{body.Name}'"))}.";
        }

        foreach (var parameter in Others(entry).Where(parameter => !ParameterTypes.IsValue(parameter.ParameterType)))
        {
            yield return $"its parameter '{parameter.Name}' has the type {parameter.ParameterType}, which data cannot be bound to.";
        }
    }

    private IEnumerable<string> CheckTrigger(FunctionEntry entry) =>
        entry.Trigger switch
        {
            HttpTriggerAttribute http => CheckHttp(entry, http),
            TimerTriggerAttribute timer => CheckTimer(entry, timer),
            QueueTriggerAttribute queue => CheckQueueTrigger(entry, queue),
            var events when EventGridTrigger.Is(events) => Listed(
                EventBinding.Refusal(entry.TriggerParameter.ParameterType, EventGridTrigger.IsBatched(events))
            ),
            OrchestrationTriggerAttribute => CheckOrchestrator(entry),
            ActivityTriggerAttribute => [],
            _ => [$"it has a {entry.Trigger.GetType().Name}, a trigger that this runtime does not support."],
        };

    private IEnumerable<string> CheckHttp(FunctionEntry entry, HttpTriggerAttribute trigger)
    {
        var type = entry.TriggerParameter.ParameterType;
        return type != typeof(HttpRequest) && type != typeof(HttpRequestData)
            ? [$"an HTTP trigger's parameter must be an {nameof(HttpRequest)} or an {nameof(HttpRequestData)}, not {type}."]
            : [.. Listed(HttpRoute.Check(entry, trigger, routePrefix)), .. Listed(HttpAccess.Check(entry))];
    }

    private IEnumerable<string> CheckTimer(FunctionEntry entry, TimerTriggerAttribute trigger)
    {
        var type = entry.TriggerParameter.ParameterType;
        return type != typeof(TimerInfo)
            ? [$"a timer trigger's parameter must be a {nameof(TimerInfo)}, not {type}."]
            : Listed(Refusal(() => Schedule.Parse(entry.Name, trigger.Schedule, settings)));
    }

    private IEnumerable<string> CheckQueueTrigger(FunctionEntry entry, QueueTriggerAttribute trigger)
    {
        var type = entry.TriggerParameter.ParameterType;
        return ParameterTypes.IsValue(type)
            ? CheckQueue(trigger.QueueName, trigger.Connection)
            : [$"a queue message cannot be bound to {type}."];
    }

    private static IEnumerable<string> CheckOrchestrator(FunctionEntry entry)
    {
        var type = entry.TriggerParameter.ParameterType;
        return type != typeof(TaskOrchestrationContext)
                ? [$"an orchestrator's parameter must be a {nameof(TaskOrchestrationContext)}, not {type}."]
            : Others(entry).Count() > 1 ? ["an orchestrator can have only one more parameter, its input."]
            : !typeof(Task).IsAssignableFrom(entry.Method.ReturnType)
                ? [$"an orchestrator must return a Task, not {entry.Method.ReturnType}."]
            : [];
    }

    private IEnumerable<string> CheckOutputs(FunctionEntry entry)
    {
        var shape = ResultShape.Of(entry.Method);
        foreach (
            var output in shape.Whole.Concat(shape.Parts.Select(part => part.Output)).Where(output => output is not QueueOutputAttribute)
        )
        {
            yield return $"it has a {output.GetType().Name}, an output that this runtime does not support.";
        }

        foreach (var problem in CheckAnswer(entry, shape))
        {
            yield return problem;
        }

        if (shape.HasOutputs && entry.Trigger is OrchestrationTriggerAttribute or ActivityTriggerAttribute)
        {
            yield return "its result goes to the orchestration; it cannot have other outputs.";
        }

        if (shape.Whole.Count > 0 && (shape.Type == typeof(void) || IsAnswer(shape.Type)))
        {
            yield return $"its output cannot send {shape.Type}; "
                + "return the message, or an object with properties for the answer and the message.";
        }

        foreach (var problem in shape.QueueOutputs.SelectMany(queue => CheckQueue(queue.QueueName, queue.Connection)))
        {
            yield return problem;
        }
    }

    private static IEnumerable<string> CheckAnswer(FunctionEntry entry, ResultShape shape)
    {
        var answers = shape
            .Type.GetProperties()
            .Where(property => property.IsDefined(typeof(HttpResultAttribute), inherit: false))
            .ToList();
        if (answers.Count > 1)
        {
            yield return $"the properties {string.Join(" and ", answers.Select(answer => answer.Name))} of its result have [HttpResult]; "
                + "only one can.";
        }

        if (
            entry.Trigger is HttpTriggerAttribute
            && shape.Parts.Count > 0
            && answers.Count == 0
            && shape.Type.GetProperties().FirstOrDefault(property => IsAnswer(property.PropertyType)) is { } answer
        )
        {
            yield return $"the property {answer.Name} of its result is an HTTP answer beside other outputs; mark it with [HttpResult].";
        }
    }

    /// <summary>Same rule as the official build (AZFW0012): of the triggers here, the host retries only timers.</summary>
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
                    $"it has a {retry.GetType().Name}, which is allowed on timers only; "
                        + "queues deliver again, and orchestrations retry activities.",
                ]
            : retry.MaxRetryCount < -1 ? [$"its MaxRetryCount is {retry.MaxRetryCount}; it must be 0 or more, or -1 for no limit."]
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
                $"the setting {QueueBindingNames.Connection(connection)} is not a connection string of a storage account.",
                exception
            ); // without the value, which is a secret
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

    /// <summary>The parameters that neither the trigger nor the runtime binds.</summary>
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
