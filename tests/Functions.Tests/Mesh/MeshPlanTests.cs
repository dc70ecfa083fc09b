using MeshPort.Functions.Tests.Plans;
using MeshPort.Mesh;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Mesh;

public sealed class MeshPlanTests
{
    public static TheoryData<string> Cases => PlanFolder.Names("Mesh/ControlPlanePlan");

    public static TheoryData<string> Gateways => PlanFolder.Names("Mesh/GatewaysPlan");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_plan_of_the_control_planes_is_as_its_case_says(string name)
    {
        var one = PlanCase.Read("Mesh/ControlPlanePlan", name);
        one.Expect(ControlPlanePlan.Of(one.Read<ControlPlaneSnapshot>("snapshot.json")));
    }

    [Theory]
    [MemberData(nameof(Gateways))]
    public void The_plan_of_the_gateways_is_as_its_case_says(string name)
    {
        var one = PlanCase.Read("Mesh/GatewaysPlan", name);
        one.Expect(GatewaysPlan.Of(one.Spec, one.Read<GatewaysSnapshot>("snapshot.json")));
    }

    [Fact]
    public void Addresses_are_noted_once_when_every_gateway_has_one()
    {
        var ready = PlanCase.Read("Mesh/GatewaysPlan", "every-gateway-has-an-address");
        var pending = PlanCase.Read("Mesh/GatewaysPlan", "a-gateway-without-an-address");
        var none = new ResourceStatus();

        var noted = Note(ready, none);

        Assert.Equal(
            [new GatewayAddress(GatewayKind.External, "20.0.0.1"), new GatewayAddress(GatewayKind.Internal, "10.0.0.1")],
            noted.Addresses
        );
        Assert.Equal(3, noted.OtherRules);
        Assert.Same(noted, Note(ready, noted));
        Assert.Same(none, Note(pending, none));

        static ResourceStatus Note(PlanCase one, ResourceStatus status) =>
            GatewaysPlan.Note(status, one.Spec, one.Read<GatewaysSnapshot>("snapshot.json"));
    }
}
