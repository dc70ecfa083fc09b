using System.Reflection;

namespace MeshPort.Runtime.Tests;

/// <summary>The types of one namespace of this assembly, so that other namespaces can contain wrong declarations.</summary>
internal sealed class FunctionAssembly(string space) : Assembly
{
    public static Assembly Instance { get; } = new FunctionAssembly($"{typeof(FunctionAssembly).Namespace}.Functions");

    public override Type[] GetTypes() => [.. typeof(FunctionAssembly).Assembly.GetTypes().Where(type => type.Namespace == space)];

    public override AssemblyName GetName() => new(space);
}
