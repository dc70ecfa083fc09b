using System.Text.RegularExpressions;
using NetArchTest.Rules;
using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>Who may reference whom (docs/architecture.md).</summary>
public sealed partial class ArchitectureTests
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

    /// <summary>Both builds compile the same text: which runtime it is, only the project file and the program say.</summary>
    [Fact]
    public void No_source_of_the_functions_but_the_program_tells_the_builds_apart()
    {
        var functions = Path.Combine(Repository.Root, "functions");
        var sources = Directory.GetFiles(functions, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(functions, path))
            .Where(path => path != "Program.cs" && path.Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .ToList();

        var telling = sources.Where(path => TellsBuildsApart().IsMatch(File.ReadAllText(Path.Combine(functions, path))));

        Assert.Equal("", string.Join(", ", telling));
        Assert.True(sources.Count > 100, $"only {sources.Count} sources were found");
    }

    [Theory]
    [InlineData("#if AZURE", true)]
    [InlineData("  # elif LOCAL", true)]
    [InlineData("using Microsoft.Azure.Functions.Worker;", true)]
    [InlineData("using Microsoft.DurableTask;", true)]
    [InlineData("var task = new Microsoft.DurableTask.TaskName();", true)]
    [InlineData("using Microsoft.Extensions.Hosting;", false)]
    [InlineData("#pragma warning disable", false)]
    public void What_tells_the_builds_apart_is_recognised(string line, bool tells) => Assert.Equal(tells, TellsBuildsApart().IsMatch(line));

    [GeneratedRegex(@"^\s*#\s*(if|elif|else|define)\b|Microsoft\.(Azure\.(Functions|WebJobs)|DurableTask)|DurableTask\.Core|MeshPort\.Runtime", RegexOptions.Multiline)]
    private static partial Regex TellsBuildsApart();

    private static IEnumerable<string> OursReferencedBy(Type type) => type.Assembly.GetReferencedAssemblies()
        .Select(reference => reference.Name ?? "")
        .Where(name => name is Functions or Runtime or Sandbox or Host);
}
