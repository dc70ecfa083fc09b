using System.Reflection;
using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Invocation;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;

namespace MeshPort.Runtime.Triggers;

/// <summary>Converts functions with orchestration and activity triggers to the delegates of the durable engine.</summary>
internal static class DurableTriggers
{
    private static readonly Dictionary<string, object?> NoData = [];

    public static DurableFunctions Create(IEnumerable<FunctionEntry> entries, DataConverter converter, FunctionTimeout timeout)
    {
        var functions = new DurableFunctions();
        foreach (var entry in entries)
        {
            switch (entry.Trigger)
            {
                case OrchestrationTriggerAttribute trigger:
                    functions.Orchestrators[trigger.Orchestration ?? entry.Name] = (context, services, cancellationToken) =>
                        FunctionInvoker.InvokeAsync(
                            entry,
                            new LocalFunctionContext(entry, services, NoData, cancellationToken),
                            parameter => parameter == entry.TriggerParameter ? context : Input(context, parameter)
                        );
                    break;
                case ActivityTriggerAttribute trigger:
                    functions.Activities[trigger.Activity ?? entry.Name] = (input, instanceId, services, cancellationToken) =>
                        timeout.RunAsync(
                            entry.Name,
                            token =>
                                FunctionInvoker.InvokeAsync(
                                    entry,
                                    new LocalFunctionContext(
                                        entry,
                                        services,
                                        new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase) { ["instanceId"] = instanceId },
                                        token
                                    ),
                                    parameter => converter.Read(input, parameter.ParameterType) ?? DefaultOf(parameter)
                                ),
                            cancellationToken
                        );
                    break;
            }
        }

        return functions;
    }

    private static object? Input(TaskOrchestrationContext context, ParameterInfo parameter) =>
        typeof(TaskOrchestrationContext)
            .GetMethod(nameof(TaskOrchestrationContext.GetInput))! // the official type has exactly one overload
            .MakeGenericMethod(parameter.ParameterType)
            .Invoke(context, BindingFlags.DoNotWrapExceptions, null, null, null)
        ?? DefaultOf(parameter);

    private static object? DefaultOf(ParameterInfo parameter) =>
        parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null;
}
