using System.Text.Json.Nodes;
using Azure.Core;
using MeshPort.Arm;
using Xunit;

namespace MeshPort.Functions.Tests.Arm;

public sealed class SubnetRoleTests
{
    private const string Group = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/istiotest";
    private const string NetworkContributor = "4d97b98b-1d4f-4787-a291-c67834d212e7";
    private static readonly ResourceIdentifier Subnet = new($"{Group}/providers/Microsoft.Network/virtualNetworks/v/subnets/aks");

    [Theory]
    [InlineData("/providers/Microsoft.Network/virtualNetworks/v/subnets/aks", NetworkContributor, true)]
    [InlineData("/providers/microsoft.network/VIRTUALNETWORKS/v", NetworkContributor, true)]
    [InlineData("", "b24988ac-6180-42a0-ab88-20f7382dd24c", true)] // Contributor of the group
    [InlineData("", "acdd72a7-3385-48ef-bd42-f606fba81ae7", false)] // Reader
    // Another subnet, whose name is a prefix.
    [InlineData("/providers/Microsoft.Network/virtualNetworks/v/subnets/ak", NetworkContributor, false)]
    [InlineData("/providers/Microsoft.Network/virtualNetworks/v/subnets/aks/below/it", NetworkContributor, false)]
    public void A_role_counts_where_it_is_enough_and_holds_for_the_subnet(string below, string role, bool given)
    {
        var assignment = new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["scope"] = Group + below,
                ["roleDefinitionId"] = $"/subscriptions/0/providers/Microsoft.Authorization/roleDefinitions/{role}",
            },
        };

        Assert.Equal(given, NetworkRole.IsGiven([assignment], Subnet));
    }

    [Theory]
    [InlineData(
        """{"type":"SystemAssigned","principalId":"11111111-2222-4333-8444-555555555555"}""",
        "11111111-2222-4333-8444-555555555555"
    )]
    [InlineData(
        """{"type":"UserAssigned","userAssignedIdentities":{"/id":"""
            + """{"principalId":"11111111-2222-4333-8444-666666666666","clientId":"c"}}}""",
        "11111111-2222-4333-8444-666666666666"
    )]
    [InlineData("""{"type":"SystemAssigned"}""", null)] // Azure has not answered it yet
    [InlineData("null", null)] // a service principal
    public void The_identity_is_the_clusters_own_or_the_one_that_it_was_given(string identity, string? principal) =>
        Assert.Equal(principal, NetworkRole.PrincipalOf(new JsonObject { ["identity"] = JsonNode.Parse(identity) })?.ToString());

    [Fact]
    public void An_assignment_has_one_name_for_a_subnet_and_an_identity_however_they_are_spelled()
    {
        var principal = Guid.Parse("11111111-2222-4333-8444-555555555555");

        var name = NetworkRole.NameFor(Subnet, principal);

        Assert.Equal(
            name,
            NetworkRole.NameFor(
                new ResourceIdentifier(
                    Subnet.ToString().ToUpperInvariant().Replace("/SUBSCRIPTIONS/", "/subscriptions/", StringComparison.Ordinal)
                ),
                principal
            )
        );
        Assert.NotEqual(name, NetworkRole.NameFor(Subnet, Guid.Parse("11111111-2222-4333-8444-666666666666")));
        Assert.True(RoleAssignments.IsOne(RoleAssignments.IdOf(Subnet, name).ToString()));
        Assert.False(RoleAssignments.IsOne(Subnet.ToString()));
    }

    [Theory]
    [InlineData("PUT", "Microsoft.Authorization/roleAssignments/write")]
    [InlineData("DELETE", "Microsoft.Authorization/roleAssignments/delete")]
    public void The_action_of_an_extension_resource_is_that_of_its_own_provider(string method, string action) =>
        Assert.Equal(action, ArmActions.Of(method, RoleAssignments.IdOf(Subnet, Guid.Empty).ToString()));
}
