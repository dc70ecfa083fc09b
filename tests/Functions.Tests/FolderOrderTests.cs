using NetArchTest.Rules;
using Xunit;

namespace MeshPort.Functions.Tests;

/// <summary>The allowed dependencies between the folders of <c>functions/</c> (docs/architecture.md).</summary>
public sealed class FolderOrderTests
{
    /// <summary>The folders from top to bottom. A folder uses only folders on lower lines, never one above it or on its line.</summary>
    private static readonly string[][] Lines =
    [
        ["WebConsole"],
        ["Api", "Messages", "Events", "Timers"],
        ["Convergence"],
        ["Features", "Network", "ManagedClusters", "Mesh", "Discovery", "Workloads", "Routes", "Ports", "Firewall", "Proof"],
        ["Validation"],
        ["Gateways"],
        ["Access"],
        ["State"],
        ["Kubernetes"],
        ["Arm"],
        ["Telemetry"],
        ["Model"],
        ["Json"],
    ];

    private static readonly FolderReferences References = new(Path.Combine(Repository.Root, "functions"), "MeshPort");

    public static TheoryData<string> Folders => [.. Lines.SelectMany(line => line)];

    [Fact]
    public void The_order_names_every_folder_once()
    {
        Assert.Equal(References.Folders.Order(StringComparer.Ordinal), Lines.SelectMany(line => line).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void The_compiled_types_of_a_folder_use_lower_folders_only(string folder)
    {
        var forbidden = Forbidden(folder).Select(other => $"MeshPort.{other}").ToArray();
        var types = Types.InAssembly(typeof(MeshPortServices).Assembly).That().ResideInNamespaceMatching($@"^MeshPort\.{folder}(\.|$)");

        var result = types.ShouldNot().HaveDependencyOnAny(forbidden).GetResult();

        Assert.NotEmpty(types.GetTypes());
        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    /// <summary>The sources also show constants, which the compiler inlines.</summary>
    [Fact]
    public void The_sources_of_a_folder_use_lower_folders_only()
    {
        var uses = References.Find();

        var wrong = uses.Where(use => Forbidden(use.From).Contains(use.To));

        Assert.Equal("", string.Join(", ", wrong.Select(use => $"{use.Source} uses {use.To}")));
        Assert.True(uses.Count > 200, $"only {uses.Count} references between folders were found");
    }

    [Fact]
    public void No_two_folders_use_each_other()
    {
        var pairs = References.Find().Select(use => (use.From, use.To)).ToHashSet();

        Assert.DoesNotContain(pairs, pair => pairs.Contains((pair.To, pair.From)));
    }

    [Theory]
    [InlineData("using MeshPort.State;", "State")]
    [InlineData("    private MeshPort.Arm.ArmErrors _errors;", "Arm")]
    [InlineData("namespace MeshPort.State;", null)]
    [InlineData("using System.Text;", null)]
    public void A_reference_to_a_folder_is_recognised(string line, string? folder) =>
        Assert.Equal(folder, References.FindIn(line).SingleOrDefault());

    /// <summary>The folders above a folder, and its neighbours.</summary>
    private static IEnumerable<string> Forbidden(string folder)
    {
        var own = Array.FindIndex(Lines, line => line.Contains(folder));
        return Lines.Take(own + 1).SelectMany(line => line).Where(other => other != folder);
    }
}
