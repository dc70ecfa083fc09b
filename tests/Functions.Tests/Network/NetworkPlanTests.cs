using MeshPort.Arm;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Model;
using MeshPort.Network;
using Xunit;

namespace MeshPort.Functions.Tests.Network;

public sealed class NetworkPlanTests
{
    public static TheoryData<string> Cases => PlanFolder.Names("Network/Plan");

    public static TheoryData<string> Removals => PlanFolder.Names("Network/RemovalPlan");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_plan_of_a_network_is_as_its_case_says(string name)
    {
        var one = PlanCase.Read("Network/Plan", name);
        one.Expect(NetworkPlan.Of(PlanCase.Cluster, one.Spec, one.Read<NetworkSnapshot>("snapshot.json")));
    }

    [Theory]
    [MemberData(nameof(Removals))]
    public void The_plan_of_a_removal_is_as_its_case_says(string name)
    {
        var one = PlanCase.Read("Network/RemovalPlan", name);
        one.Expect(
            NetworkRemovalPlan
                .Of(
                    PlanCase.Cluster,
                    one.Spec,
                    one.Find<List<string>>("made.json") ?? [],
                    one.Find<NetworkRemovalSnapshot>("snapshot.json") ?? NetworkRemovalSnapshot.Empty
                )
                .Steps
        );
    }

    [Fact]
    public void The_security_group_of_the_subnet_is_noted_once()
    {
        var snapshot = PlanCase.Read("Network/Plan", "another-security-group").Read<NetworkSnapshot>("snapshot.json");

        var noted = NetworkPlan.Note(new ResourceStatus(), snapshot);

        Assert.EndsWith("/networkSecurityGroups/theirs", SubnetSecurityGroup.Find(noted), StringComparison.Ordinal);
        Assert.Same(noted, NetworkPlan.Note(noted, snapshot));
    }
}
