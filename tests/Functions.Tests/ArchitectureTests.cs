using System.Text.RegularExpressions;
using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>The allowed references between assemblies (docs/architecture.md).</summary>
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
    public void Functions_reference_nothing_of_ours() => Assert.Empty(OursReferencedBy(typeof(MeshPortServices)));

    /// <summary>Azure Functions and <c>meshport serve</c> run the same code.</summary>
    [Fact]
    public void No_source_of_the_functions_is_compiled_conditionally()
    {
        var functions = Path.Combine(Repository.Root, "functions");
        var sources = Directory
            .GetFiles(functions, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(functions, path))
            .Where(path => path.Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .ToList();

        var conditional = sources.Where(path => Directive().IsMatch(File.ReadAllText(Path.Combine(functions, path))));

        Assert.Equal("", string.Join(", ", conditional));
        Assert.True(sources.Count > 100, $"only {sources.Count} sources were found");
    }

    [Theory]
    [InlineData("#if AZURE", true)]
    [InlineData("  # elif LOCAL", true)]
    [InlineData("#pragma warning disable", false)]
    public void A_conditional_directive_is_recognised(string line, bool isConditional) =>
        Assert.Equal(isConditional, Directive().IsMatch(line));

    [GeneratedRegex(@"^\s*#\s*(if|elif|else|define)\b", RegexOptions.Multiline)]
    private static partial Regex Directive();

    private static IEnumerable<string> OursReferencedBy(Type type) =>
        type
            .Assembly.GetReferencedAssemblies()
            .Select(reference => reference.Name ?? "")
            .Where(name => name is Functions or Runtime or Sandbox or Host);
}
