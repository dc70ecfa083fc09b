using Azure.Core;
using MeshPort.Events;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Events;

public sealed class EventScopeTests
{
    private const string Subscription = "/subscriptions/00000000-0000-0000-0000-000000000000";
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "group", "cluster");

    [Theory]
    [InlineData("/resourcegroups/GROUP/providers/Microsoft.ContainerService/managedClusters/Cluster", true)]
    [InlineData("/resourceGroups/group/providers/Microsoft.ContainerService/managedClusters/cluster/agentPools/one", true)]
    [InlineData("/resourceGroups/group/providers/Microsoft.ContainerService/managedClusters/another", false)]
    [InlineData("/resourceGroups/group/providers/Microsoft.Storage/storageAccounts/cluster", false)]
    public void A_resource_is_the_cluster_or_part_of_it(string resource, bool isIt) =>
        Assert.Equal(isIt, EventScope.Cluster(new ResourceIdentifier(Subscription + resource)) == Cluster);

    [Theory]
    [InlineData("/resourceGroups/group", true)]
    [InlineData("/resourceGroups/group/providers/Microsoft.Network/virtualNetworks/net/subnets/nodes", true)]
    [InlineData("/resourceGroups/group/providers/Microsoft.Network/networkSecurityGroups/nsg/securityRules/rule", true)]
    [InlineData("/resourceGroups/mc_group_cluster_eastus2/providers/Microsoft.Network/loadBalancers/kubernetes", true)]
    [InlineData("/resourceGroups/MC_group_cluster_eastus2/providers/Microsoft.Compute/virtualMachineScaleSets/nodes", false)]
    [InlineData("/resourceGroups/MC_group_other_eastus2/providers/Microsoft.Network/loadBalancers/kubernetes", false)]
    [InlineData("/resourceGroups/group/providers/Microsoft.Storage/storageAccounts/one", false)]
    [InlineData("/resourceGroups/other", false)]
    public void Resources_that_carry_traffic_of_the_cluster_concern_it(string resource, bool concerns) =>
        Assert.Equal(concerns, EventScope.Concerns(new ResourceIdentifier(Subscription + resource), Cluster));

    [Theory]
    [InlineData("/resourceGroups/NETWORKS/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes", true)]
    [InlineData("/resourceGroups/networks/providers/Microsoft.Network/networkSecurityGroups/guard/securityRules/rule", true)]
    [InlineData("/resourceGroups/networks/providers/Microsoft.Network/loadBalancers/one", false)]
    [InlineData("/resourceGroups/others/providers/Microsoft.Network/networkSecurityGroups/guard", false)]
    public void A_network_in_the_resource_group_of_the_subnet_concerns_the_cluster(string resource, bool concerns)
    {
        var id = new ResourceIdentifier(Subscription + resource);

        Assert.Equal(
            concerns,
            EventScope.IsNetwork(id)
                && EventScope.IsNear(
                    id,
                    $"{Subscription}/resourceGroups/networks/providers/Microsoft.Network/virtualNetworks/hub/subnets/nodes"
                )
        );
        Assert.False(EventScope.IsNear(id, null));
    }

    [Theory]
    [InlineData("me", "app", true)]
    [InlineData("ME", null, true)]
    [InlineData("me", "other program", false)]
    [InlineData("other", "app", false)]
    [InlineData(null, "app", true)]
    [InlineData(null, null, false)]
    public void A_write_is_our_own_when_user_and_application_match(string? objectId, string? application, bool isOurs) =>
        Assert.Equal(isOurs, new CallerIds(objectId, application).AreThoseOf(new CallerIds("me", "app")));
}
