using MeshPort.Runtime.Contract.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Contract.Worker;

/// <summary>Marks the property of a function's result that is the HTTP answer; other properties are other outputs.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class HttpResultAttribute : OutputBindingAttribute
{
}
