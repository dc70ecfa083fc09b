using MeshPort.Host.Api;
using MeshPort.Host.Output;
using MeshPort.Host.Planning;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Commands;

/// <summary>A plan as text for people.</summary>
public sealed class PlanTextTests
{
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "rg", "one");

    [Theory]
    [InlineData("none", "    exposures  because", "Nothing to change.")]
    [InlineData("update", "  ~ exposures  because", "Plan: 0 to create, 1 to update, 0 to delete.")]
    [InlineData("unknown", "  ? exposures  because", "Plan: 0 to create, 0 to update, 0 to delete, 1 not known.")]
    public void An_action_has_a_mark_and_counts_in_the_sum(string action, string line, string sum)
    {
        using var output = new StringWriter();
        ClusterPlan plan = new(Cluster, [new ChangeView(action, $"{Cluster.Path}/exposures", "because", [])], [], []);

        new PlanText(output, new Paint(isOn: false)).Write(new EnvironmentPlan([plan]));

        Assert.Equal(["Cluster one in resource group rg", line, "", sum, ""], output.ToString().ReplaceLineEndings("\n").Split('\n'));
    }
}
