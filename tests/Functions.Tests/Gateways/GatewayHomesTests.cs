using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Gateways;

public sealed class GatewayHomesTests
{
    private static readonly ClusterSpec Spec = new()
    {
        Location = "eastus2",
        Strategy = Strategy.GatewayApi,
        GatewayNamespace = "edge",
    };

    [Fact]
    public void A_former_namespace_is_read_until_nothing_is_left_in_it()
    {
        var renamed = Spec with { GatewayNamespace = "front" };
        var status = GatewayHomes.Add(GatewayHomes.Add(new ResourceStatus(), Spec), renamed);
        var gateway = new ObjectRef(ObjectKind.ListenerGateway, "edge", "meshport-external");
        var left = ClusterObjects.None with { Ours = new Dictionary<ObjectRef, JsonObject> { [gateway] = [] } };

        Assert.Equal(["front", "edge"], GatewayHomes.Of(renamed, status));
        Assert.Equal(["front", "edge"], GatewayHomes.Of(renamed, GatewayHomes.Remove(status, renamed, left)));
        Assert.Equal(["front"], GatewayHomes.Of(renamed, GatewayHomes.Remove(status, renamed, ClusterObjects.None)));
        Assert.Equal(
            ["front", "edge"],
            GatewayHomes.Of(renamed, GatewayHomes.Remove(status, renamed, ClusterObjects.None with { HasParameters = false }))
        );
    }

    [Fact]
    public void With_the_Gateway_API_pods_are_in_the_namespace_of_the_spec_and_hosts_are_visible_there_too()
    {
        Assert.Equal("edge", AddOn.Home(Spec, GatewayKind.External));
        Assert.Equal(["aks-istio-ingress", "edge"], AddOn.Homes(Spec, GatewayKind.External));
        Assert.Equal("aks-istio-ingress", AddOn.Home(Spec with { Strategy = Strategy.ManagedService }, GatewayKind.External));
        Assert.Equal(["aks-istio-ingress"], AddOn.Homes(Spec with { GatewayNamespace = null }, GatewayKind.Internal));
    }
}
