using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Json;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.ManagedClusters;

public sealed class ManagedClusterPlanTests
{
    private static readonly StepResult Waiting = StepResult.AskAgain(
        Reasons.ClusterUpdating,
        "The cluster is Updating.",
        memo: MeshPortJson.Write(new ManagedClusterMemo(1, new Uri("https://azure/operations/1"), SubnetIsOpen: true))
    );

    public static TheoryData<string> Cases => PlanFolder.Names("ManagedClusters/Plan");

    public static TheoryData<string> Removals => PlanFolder.Names("ManagedClusters/RemovalPlan");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_plan_of_a_cluster_is_as_its_case_says(string name)
    {
        var one = PlanCase.Read("ManagedClusters/Plan", name);
        one.Expect(
            ManagedClusterPlan.Of(
                PlanCase.Cluster,
                one.Spec,
                one.Read<ManagedClusterSnapshot>("snapshot.json"),
                one.Find<ManagedClusterMemo>("memo.json") ?? ManagedClusterMemo.None
            )
        );
    }

    [Theory]
    [MemberData(nameof(Removals))]
    public void The_plan_of_a_removal_is_as_its_case_says(string name)
    {
        var one = PlanCase.Read("ManagedClusters/RemovalPlan", name);
        one.Expect(
            ManagedClusterRemovalPlan.Of(
                PlanCase.Cluster,
                one.Spec.Connection.IsAks,
                one.Find<JsonObject>("snapshot.json"),
                one.Find<List<string>>("made.json") ?? [],
                one.Find<string>("memo.json")
            )
        );
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_new_cluster_is_not_made_when_AKS_would_refuse_the_name_of_its_node_group(int length, bool isMade)
    {
        // MC_, twice _, and eastus2 have 12 characters.
        var cluster = PlanCase.Cluster with
        {
            ResourceGroup = new string('g', length),
            Name = "named",
        };

        var plan = ManagedClusterPlan.Of(
            cluster,
            PlanCase.Read("ManagedClusters/Plan", "absent").Spec,
            new ManagedClusterSnapshot((JsonObject?)null),
            ManagedClusterMemo.None
        );

        Assert.Equal(isMade, plan.Changes.Count == 1);
        Assert.Equal(isMade ? Reasons.ClusterCreating : Reasons.AzureRefused, plan.Result.Observation.Reason);
        if (!isMade)
        {
            Assert.Contains("has 81 characters", plan.Result.Observation.Message, StringComparison.Ordinal);
            Assert.Contains("Set extra.nodeResourceGroup", plan.Result.Observation.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_report_keeps_the_operation_until_another_write_is_accepted()
    {
        var next = new Uri("https://azure/operations/2");

        var kept = Memo(EnsureManagedCluster.Report(new ArmOutcome(Waiting, null, [])));
        var replaced = Memo(EnsureManagedCluster.Report(new ArmOutcome(Waiting, new ArmAccepted([], next, null), [])));

        Assert.Equal("https://azure/operations/1", kept.OperationUrl?.ToString());
        Assert.Equal(next, replaced.OperationUrl);
        Assert.True(kept.SubnetIsOpen);
    }

    [Fact]
    public void A_refused_role_is_reported_and_tried_again()
    {
        var report = EnsureManagedCluster.Report(new ArmOutcome(Waiting, null, ["Give it the role."]));

        Assert.Equal("The cluster is Updating. Give it the role.", report.Observation.Message);
        Assert.False(Memo(report).SubnetIsOpen);
    }

    private static ManagedClusterMemo Memo(StepResult report) => MeshPortJson.Read<ManagedClusterMemo>(report.Memo ?? "");
}
