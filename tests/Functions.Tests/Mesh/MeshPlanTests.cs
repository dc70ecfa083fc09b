using MeshPort.Arm;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Mesh;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Mesh;

public sealed class MeshPlanTests
{
    public static TheoryData<string> Cases => PlanFolder.Names("Mesh/ControlPlanePlan");

    public static TheoryData<string> Gateways => PlanFolder.Names("Mesh/GatewaysPlan");

    public static TheoryData<string> Addresses => PlanFolder.Names("Mesh/AddressPlan");

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
        var cleanup = (one.Find<string[]>("cleanup.json") ?? []).Select(id => ArmChange.Delete(id, ApiVersions.RoleAssignments, ""));
        var addresses = AddressPlan.None with { Chosen = Chosen(one, "chosen.json"), Cleanup = [.. cleanup] };
        var status = new ResourceStatus { Chosen = Chosen(one, "noted.json"), Made = one.Find<string[]>("made.json") ?? [] };
        one.Expect(GatewaysPlan.Of(one.Spec, one.Read<GatewaysSnapshot>("snapshot.json"), addresses, status).Steps);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public void The_plan_of_the_addresses_is_as_its_case_says(string name)
    {
        var one = PlanCase.Read("Mesh/AddressPlan", name);
        var plan = AddressPlan.Of(
            PlanCase.Cluster,
            one.Spec,
            one.Find<string[]>("made.json") ?? [],
            one.Read<AddressSnapshot>("snapshot.json")
        );
        // The clean-up follows when the gateways have left the old addresses.
        one.Expect(
            plan.Steps with
            {
                Changes = [.. plan.Steps.Changes, .. plan.Cleanup],
                DryRun = [.. plan.Steps.DryRun, .. plan.Cleanup.Select(change => change.DryRun)],
            }
        );
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
            GatewaysPlan.Note(status, one.Spec, one.Read<GatewaysSnapshot>("snapshot.json"), []);
    }

    [Fact]
    public void With_strategy_gatewayApi_the_rules_of_others_are_noted_too()
    {
        var ready = PlanCase.Read("Mesh/GatewaysPlan", "every-gateway-has-an-address");
        var spec = ready.Spec with { Strategy = Strategy.GatewayApi };

        var noted = GatewaysPlan.Note(new ResourceStatus(), spec, ready.Read<GatewaysSnapshot>("snapshot.json"), []);

        Assert.Equal(3, noted.OtherRules);
        Assert.Same(noted, GatewaysPlan.Note(noted, spec, ready.Read<GatewaysSnapshot>("snapshot.json"), []));
    }

    [Theory]
    [InlineData("the-spec-has-another-address", "20.0.0.1", null)]
    [InlineData("the-gateway-has-the-address-of-the-spec", "20.9.9.9", "edge.eastus2.cloudapp.azure.com")]
    [InlineData("a-companion-service-has-the-address-of-the-spec", "20.9.9.9", "edge.eastus2.cloudapp.azure.com")]
    public void The_address_of_a_gateway_has_its_name_only_where_it_is_that_of_the_spec(string name, string ip, string? hostname)
    {
        var one = PlanCase.Read("Mesh/GatewaysPlan", name);

        var noted = GatewaysPlan.Note(
            new ResourceStatus(),
            one.Spec,
            one.Read<GatewaysSnapshot>("snapshot.json"),
            Chosen(one, "chosen.json")
        );

        Assert.Equal([new GatewayAddress(GatewayKind.External, ip, hostname)], noted.Addresses);
        Assert.Equal(Chosen(one, "chosen.json"), noted.Chosen);
    }

    private static ChosenAddress[] Chosen(PlanCase one, string file) => one.Find<ChosenAddress[]>(file) ?? [];
}
