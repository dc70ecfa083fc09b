namespace MeshPort.Runtime.Contract.Worker;

/// <summary>Marks a method as a function.</summary>
[AttributeUsage(AttributeTargets.Method)]
#pragma warning disable CA1813 // not sealed in the official package either
public class FunctionAttribute(string name) : Attribute
#pragma warning restore CA1813
{
    /// <summary>The name the function is called by; compared without case.</summary>
    public string Name { get; } = name;
}
