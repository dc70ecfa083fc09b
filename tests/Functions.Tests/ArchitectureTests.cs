using NetArchTest.Rules;
using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>Who may reference whom (docs/architecture.md).</summary>
public sealed class ArchitectureTests
{
    private const string Functions = "MeshPort.Functions";
    private const string Runtime = "MeshPort.Runtime";
    private const string Sandbox = "MeshPort.Sandbox";
    private const string Host = "meshport";

    [Fact]
    public void Runtime_and_sandbox_reference_nothing_of_ours()
    {
        Assert.Empty(OursReferencedBy(typeof(MeshPort.Runtime.LocalHost)));
        Assert.Empty(OursReferencedBy(typeof(MeshPort.Sandbox.AzureSandbox)));
    }

    [Fact]
    public void Functions_reference_the_runtime_alone() =>
        Assert.Equal([Runtime], OursReferencedBy(typeof(MeshPortServices)));

    [Fact]
    public void Functions_use_the_contract_of_the_runtime_and_nothing_else_of_it()
    {
        var others = typeof(MeshPort.Runtime.LocalHost).Assembly.GetTypes()
            .Select(type => type.Namespace)
            .Where(name => name is not null && name.StartsWith(Runtime, StringComparison.Ordinal) && !name.StartsWith($"{Runtime}.Contract", StringComparison.Ordinal))
            .Distinct()
            .Where(name => name != Runtime)
            .ToArray();

        var result = Types.InAssembly(typeof(MeshPortServices).Assembly).ShouldNot().HaveDependencyOnAny([.. others!, "MeshPort.Runtime.LocalHost"]).GetResult(); // null names were left out

        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    [Fact]
    public void The_ports_out_know_no_slice()
    {
        var slices = new[] { "Features", "Network", "ManagedClusters", "Mesh", "Exposures", "Events" }.Select(slice => $"MeshPort.{slice}").ToArray();

        var result = Types.InAssembly(typeof(MeshPortServices).Assembly).That().ResideInNamespace("MeshPort.Arm").Or().ResideInNamespace("MeshPort.Kubernetes").ShouldNot().HaveDependencyOnAny(slices).GetResult();

        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    private static IEnumerable<string> OursReferencedBy(Type type) => type.Assembly.GetReferencedAssemblies()
        .Select(reference => reference.Name ?? "")
        .Where(name => name is Functions or Runtime or Sandbox or Host);
}
