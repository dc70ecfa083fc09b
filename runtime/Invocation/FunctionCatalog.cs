using System.Reflection;
using MeshPort.Runtime.Contract.DurableTask;
using MeshPort.Runtime.Contract.DurableTask.Client;
using MeshPort.Runtime.Contract.Worker;
using MeshPort.Runtime.Contract.Worker.Extensions.Abstractions;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Runtime.Invocation;

/// <summary>The functions of an assembly, checked: a wrong declaration is found at start-up, not when it is first called.</summary>
internal static class FunctionCatalog
{
    /// <exception cref="InvalidOperationException">One or more functions are declared wrongly; the message lists all of them.</exception>
    public static IReadOnlyList<FunctionEntry> Find(Assembly assembly) => Find(assembly.GetTypes(), assembly.GetName().Name ?? "the application");

    internal static IReadOnlyList<FunctionEntry> Find(IEnumerable<Type> types, string where)
    {
        var problems = new List<string>();
        var entries = new List<FunctionEntry>();
        var methods = types.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly));
        foreach (var method in methods)
        {
            if (method.GetCustomAttribute<FunctionAttribute>() is not { } function)
            {
                continue;
            }

            var triggers = method.GetParameters()
                .Select(parameter => (Parameter: parameter, Trigger: parameter.GetCustomAttribute<TriggerBindingAttribute>()))
                .Where(found => found.Trigger is not null)
                .ToList();
            if (triggers is [{ Trigger: { } trigger } only])
            {
                var entry = new FunctionEntry(function.Name, method, only.Parameter, trigger);
                entries.Add(entry);
                problems.AddRange(Check(entry).Select(problem => $"{entry.Name} ({entry.EntryPoint}): {problem}"));
            }
            else
            {
                problems.Add($"{function.Name} ({method.DeclaringType?.FullName}.{method.Name}): it has {triggers.Count} triggers; a function has exactly one.");
            }
        }

        problems.AddRange(entries
            .GroupBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1)
            .Select(group => $"{group.Key}: the name is used by {string.Join(" and ", group.Select(entry => entry.EntryPoint))}; names are compared without case."));
        return problems.Count == 0
            ? entries
            : throw new InvalidOperationException($"The functions of {where} are declared wrongly:{string.Concat(problems.Select(problem => $"\n  - {problem}"))}");
    }

    private static IEnumerable<string> Check(FunctionEntry entry)
    {
        if (entry.Method.ContainsGenericParameters || entry.Method.DeclaringType is { IsAbstract: true, IsSealed: false })
        {
            yield return "it is generic, or its class is abstract.";
        }

        switch (entry.Trigger)
        {
            case HttpTriggerAttribute when entry.TriggerParameter.ParameterType != typeof(HttpRequest):
                yield return $"an HTTP trigger's parameter is an {nameof(HttpRequest)}, not {entry.TriggerParameter.ParameterType}.";
                break;
            case TimerTriggerAttribute when entry.TriggerParameter.ParameterType != typeof(TimerInfo):
                yield return $"a timer trigger's parameter is a {nameof(TimerInfo)}, not {entry.TriggerParameter.ParameterType}.";
                break;
            case OrchestrationTriggerAttribute when entry.TriggerParameter.ParameterType != typeof(TaskOrchestrationContext):
                yield return $"an orchestrator's parameter is a {nameof(TaskOrchestrationContext)}, not {entry.TriggerParameter.ParameterType}.";
                break;
            case OrchestrationTriggerAttribute when Others(entry).Count() > 1:
                yield return "an orchestrator takes its context and at most one input.";
                break;
            case OrchestrationTriggerAttribute when !typeof(Task).IsAssignableFrom(entry.Method.ReturnType):
                yield return $"an orchestrator returns a Task, not {entry.Method.ReturnType}.";
                break;
            case HttpTriggerAttribute or TimerTriggerAttribute or OrchestrationTriggerAttribute or ActivityTriggerAttribute:
                break;
            default:
                yield return $"it has a {entry.Trigger.GetType().Name}, a trigger that this runtime does not run.";
                break;
        }

        if (entry.Trigger is TimerTriggerAttribute or ActivityTriggerAttribute && Others(entry).FirstOrDefault() is { } other)
        {
            yield return $"nothing is known to bind its parameter '{other.Name}' ({other.ParameterType}) to.";
        }

        foreach (var output in entry.Method.GetCustomAttributes<OutputBindingAttribute>())
        {
            yield return $"it has a {output.GetType().Name}, an output that this runtime does not write.";
        }

        foreach (var client in entry.Method.GetParameters().Where(parameter => parameter.GetCustomAttribute<DurableClientAttribute>() is not null && parameter.ParameterType != typeof(DurableTaskClient)))
        {
            yield return $"[DurableClient] '{client.Name}' is a {nameof(DurableTaskClient)}, not {client.ParameterType}.";
        }
    }

    /// <summary>The parameters that neither the trigger nor the runtime fills.</summary>
    private static IEnumerable<ParameterInfo> Others(FunctionEntry entry) => entry.Method.GetParameters().Where(parameter =>
        parameter != entry.TriggerParameter
        && parameter.ParameterType != typeof(FunctionContext)
        && parameter.ParameterType != typeof(CancellationToken)
        && parameter.GetCustomAttribute<DurableClientAttribute>() is null);
}
