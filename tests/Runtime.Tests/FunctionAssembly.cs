using System.Reflection;

namespace MeshPort.Runtime.Tests;

/// <summary>The part of this assembly that lies in one namespace, so that functions declared wrongly on purpose can live beside.</summary>
internal sealed class FunctionAssembly(string space) : Assembly
{
    public static Assembly Instance { get; } = new FunctionAssembly($"{typeof(FunctionAssembly).Namespace}.Functions");

    public override Type[] GetTypes() => [.. typeof(FunctionAssembly).Assembly.GetTypes().Where(type => type.Namespace == space)];

    public override AssemblyName GetName() => new(space);
}
