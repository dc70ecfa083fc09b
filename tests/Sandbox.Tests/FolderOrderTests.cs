using System.Text.RegularExpressions;
using NetArchTest.Rules;
using Xunit;

namespace MeshPort.Sandbox.Tests;

/// <summary>The allowed dependencies between top-level folders of <c>sandbox/</c> (docs/sandbox.md).</summary>
public sealed partial class FolderOrderTests
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
        "Controllers",
        "DataPlane",
        "ResourceManager",
        "Kubernetes",
        "Entra",
        "World",
        "Faults",
        "Storage",
    ];

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
        var folders = Directory.GetDirectories(Sources()).Select(Path.GetFileName).Except(["bin", "obj"]);

        Assert.Equal([.. folders.Append(CompositionRoot).Order(StringComparer.Ordinal)], Order.Order(StringComparer.Ordinal));
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
        var uses = Uses();

        var upwards = uses.Where(use => Array.IndexOf(Order, use.To) < Array.IndexOf(Order, use.From));

        Assert.Equal("", string.Join(", ", upwards.Select(use => $"{use.Source} uses {use.To}")));
        Assert.True(uses.Count > 200, $"only {uses.Count} references between folders were found");
    }

    [Fact]
    public void No_two_folders_use_each_other()
    {
        var pairs = Uses().Select(use => (use.From, use.To)).ToHashSet();

        Assert.DoesNotContain(pairs, pair => pairs.Contains((pair.To, pair.From)));
    }

    [Theory]
    [InlineData("using MeshPort.Sandbox.World;", "World")]
    [InlineData("using Store = MeshPort.Sandbox.Storage.WorldStore;", "Storage")]
    [InlineData("    private MeshPort.Sandbox.Kubernetes.Objects.ObjectStore _store;", "Kubernetes")]
    [InlineData("namespace MeshPort.Sandbox.World;", null)]
    [InlineData("using System.Text;", null)]
    public void A_reference_to_a_folder_is_recognised(string line, string? folder) => Assert.Equal(folder, Used(line).SingleOrDefault());

    private static List<(string Source, string From, string To)> Uses() =>
        [
            .. from path in Directory.GetFiles(Sources(), "*.cs", SearchOption.AllDirectories)
            let source = Path.GetRelativePath(Sources(), path)
            let parts = source.Split(Path.DirectorySeparatorChar)
            where parts[0] is not ("bin" or "obj")
            let folder = parts.Length > 1 ? parts[0] : CompositionRoot
            from line in File.ReadLines(path)
            from used in Used(line)
            where used != folder
            select (source, folder, used),
        ];

    private static IEnumerable<string> Used(string line) =>
        line.StartsWith("namespace ", StringComparison.Ordinal)
            ? []
            : Reference().Matches(line).Select(match => match.Groups["folder"].Value);

    private static string Sources() => Path.Combine(Repository.Root, "sandbox");

    [GeneratedRegex(@"\bMeshPort\.Sandbox\.(?<folder>[A-Z]\w*)[.;]")]
    private static partial Regex Reference();
}
