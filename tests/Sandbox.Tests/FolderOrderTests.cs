using NetArchTest.Rules;
using Xunit;

namespace MeshPort.Sandbox.Tests;

/// <summary>The allowed dependencies between top-level folders of <c>sandbox/</c> (docs/sandbox.md).</summary>
public sealed class FolderOrderTests
{
    private const string Namespace = "MeshPort.Sandbox";

    /// <summary>The files outside the folders, which compose the parts.</summary>
    private const string CompositionRoot = "";

    /// <summary>From top to bottom. A folder uses only folders below it.</summary>
    private static readonly string[] Order =
    [
        "Control",
        CompositionRoot,
        "EventGrid",
        "Clusters",
        "Chains",
        "Kubelet",
        "Controllers",
        "DataPlane",
        "ResourceManager",
        "Kubernetes",
        "Entra",
        "World",
        "Faults",
        "Storage",
    ];

    private static readonly FolderReferences References = new(Path.Combine(Repository.Root, "sandbox"), Namespace);

    private static readonly string[] RootTypes =
    [
        .. typeof(AzureSandbox)
            .Assembly.GetTypes()
            .Where(type => type.Namespace == Namespace && !type.IsNested)
            .Select(type => type.FullName ?? ""),
    ];

    public static TheoryData<string> Folders => [.. Order];

    [Fact]
    public void The_order_names_every_folder_once()
    {
        Assert.Equal([.. References.Folders.Append(CompositionRoot).Order(StringComparer.Ordinal)], Order.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void The_compiled_types_of_a_folder_use_no_folder_above_it(string folder)
    {
        var above = Order
            .TakeWhile(other => other != folder)
            .SelectMany(other => other == CompositionRoot ? RootTypes : [$"{Namespace}.{other}"])
            .ToArray();
        var types = Types
            .InAssembly(typeof(AzureSandbox).Assembly)
            .That()
            .ResideInNamespaceMatching(folder == CompositionRoot ? @"^MeshPort\.Sandbox$" : $@"^MeshPort\.Sandbox\.{folder}(\.|$)");

        var result = types.ShouldNot().HaveDependencyOnAny(above).GetResult();

        Assert.NotEmpty(types.GetTypes());
        Assert.True(above.Length == 0 || result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    /// <summary>The sources also show constants, which the compiler inlines.</summary>
    [Fact]
    public void The_sources_of_a_folder_use_no_folder_above_it()
    {
        var uses = References.Find();

        var upwards = uses.Where(use => Array.IndexOf(Order, use.To) < Array.IndexOf(Order, use.From));

        Assert.Equal("", string.Join(", ", upwards.Select(use => $"{use.Source} uses {use.To}")));
        Assert.True(uses.Count > 200, $"only {uses.Count} references between folders were found");
    }

    [Fact]
    public void No_two_folders_use_each_other()
    {
        var pairs = References.Find().Select(use => (use.From, use.To)).ToHashSet();

        Assert.DoesNotContain(pairs, pair => pairs.Contains((pair.To, pair.From)));
    }

    [Theory]
    [InlineData("using MeshPort.Sandbox.World;", "World")]
    [InlineData("using Store = MeshPort.Sandbox.Storage.WorldStore;", "Storage")]
    [InlineData("    private MeshPort.Sandbox.Kubernetes.Objects.ObjectStore _store;", "Kubernetes")]
    [InlineData("namespace MeshPort.Sandbox.World;", null)]
    [InlineData("using System.Text;", null)]
    public void A_reference_to_a_folder_is_recognised(string line, string? folder) =>
        Assert.Equal(folder, References.FindIn(line).SingleOrDefault());
}
