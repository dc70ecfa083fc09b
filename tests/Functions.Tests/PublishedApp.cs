using System.Collections.Immutable;
using System.Runtime.Loader;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>The folder that eng/build-azure.sh makes. MESHPORT_TEST_PUBLISHED holds its path.</summary>
internal sealed class PublishedApp
{
    private const string Variable = "MESHPORT_TEST_PUBLISHED";
    private readonly string _folder = Environment.GetEnvironmentVariable(Variable) ?? "";

    public PublishedApp() => Assert.SkipWhen(_folder == "", $"{Variable} names no published app. eng/build-azure.sh makes one.");

    public string PathOf(string file) => Path.GetFullPath(Path.Combine(_folder, file));

    public string Read(string file) => File.ReadAllText(PathOf(file));

    public JsonNode ReadJson(string file) => JsonNode.Parse(Read(file)) ?? throw new InvalidDataException($"{file} is empty.");

    /// <summary>The functions of functions.metadata, ordered by name.</summary>
    public IReadOnlyList<DeclaredFunction> ReadMetadata() =>
        Order(
            from function in ReadJson("functions.metadata").AsArray()
            select Describe((string?)function?["name"], function?["bindings"]?.AsArray() ?? [])
        );

    /// <summary>
    /// The functions that the worker reports to the host, ordered by name. The host takes these, since worker.config.json enables worker
    /// indexing.
    /// </summary>
    public async Task<IReadOnlyList<DeclaredFunction>> ReadReportOfWorkerAsync()
    {
        // Its own context: the test has the normal build's assembly of the same name.
        var assembly = new AssemblyLoadContext("published").LoadFromAssemblyPath(PathOf("MeshPort.Functions.dll"));
        var provider = Assert.IsType<IFunctionMetadataProvider>(
            assembly.CreateInstance("MeshPort.GeneratedFunctionMetadataProvider"),
            exactMatch: false
        );
        ImmutableArray<IFunctionMetadata> functions = await provider.GetFunctionMetadataAsync(_folder);
        return Order(
            from function in functions
            select Describe(function.Name, function.RawBindings?.Select(binding => JsonNode.Parse(binding)) ?? [])
        );
    }

    private static IReadOnlyList<DeclaredFunction> Order(IEnumerable<DeclaredFunction> functions) =>
        [.. functions.OrderBy(function => function.Name, StringComparer.Ordinal)];

    private static DeclaredFunction Describe(string? name, IEnumerable<JsonNode?> bindings)
    {
        var trigger = bindings.Single(binding => ((string?)binding?["type"])?.EndsWith("Trigger", StringComparison.Ordinal) == true);
        return new DeclaredFunction(name ?? "", (string?)trigger?["type"] ?? "", (string?)trigger?["authLevel"]);
    }
}
