using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Invocation;

/// <summary>A method with <c>[Function]</c> and exactly one trigger.</summary>
internal sealed record FunctionEntry(string Name, MethodInfo Method, ParameterInfo TriggerParameter, TriggerBindingAttribute Trigger)
{
    /// <summary>The name that orchestrations call. Null when they cannot call the function.</summary>
    public string? DurableName =>
        Trigger switch
        {
            OrchestrationTriggerAttribute orchestration => orchestration.Orchestration ?? Name,
            ActivityTriggerAttribute activity => activity.Activity ?? Name,
            _ => null,
        };

    public string EntryPoint => $"{Method.DeclaringType?.FullName}.{Method.Name}";
}
