using System.Reflection;
using MeshPort.Runtime.Contract.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Invocation;

/// <summary>A method with <c>[Function]</c> and its one trigger.</summary>
internal sealed record FunctionEntry(string Name, MethodInfo Method, ParameterInfo TriggerParameter, TriggerBindingAttribute Trigger)
{
    public string EntryPoint => $"{Method.DeclaringType?.FullName}.{Method.Name}";
}
