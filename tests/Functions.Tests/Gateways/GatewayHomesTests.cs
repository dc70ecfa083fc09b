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

    private static readonly ClusterSpec Left = Spec with { Strategy = Strategy.CompanionService, GatewayNamespace = null };

    [Theory]
    [InlineData("edge", "edge")]
    [InlineData(null, "aks-istio-ingress")]
    public void A_namespace_that_a_cluster_has_left_is_read_until_nothing_is_in_it(string? field, string home)
    {
        var status = GatewayNamespaces.Mark(new ResourceStatus(), Spec with { GatewayNamespace = field });
        var parameters = new ObjectRef(ObjectKind.ConfigMap, home, "meshport-external");
        var left = ClusterObjects.None with { Ours = new Dictionary<ObjectRef, JsonObject> { [parameters] = [] } };

        Assert.Contains(home, GatewayHomes.Of(Left, status));
        Assert.Equal([home], GatewayNamespaces.Marked(GatewayHomes.Remove(status, Left, left)));
        Assert.Equal([home], GatewayNamespaces.Marked(GatewayHomes.Remove(status, Left, ClusterObjects.None with { Unlisted = [home] })));
        Assert.Equal(
            [home],
            GatewayNamespaces.Marked(GatewayHomes.Remove(status, Left, ClusterObjects.None with { HasParameters = false }))
        );
        Assert.Equal(
            [home],
            GatewayNamespaces.Marked(GatewayHomes.Remove(status, Spec with { GatewayNamespace = field }, ClusterObjects.None))
        );
        Assert.Empty(GatewayNamespaces.Marked(GatewayHomes.Remove(status, Left, ClusterObjects.None)));
    }

    [Fact]
    public void Former_Gateways_are_those_outside_the_namespaces_of_the_spec()
    {
        var gateway = new ObjectRef(ObjectKind.ListenerGateway, "edge", "meshport-external");
        var objects = ClusterObjects.None with { Ours = new Dictionary<ObjectRef, JsonObject> { [gateway] = [] } };

        Assert.Empty(GatewayHomes.Former(Spec, objects));
        Assert.Equal(["edge"], GatewayHomes.Former(Left, objects));
    }

    [Fact]
    public void A_namespace_without_rights_is_named()
    {
        Assert.Null(GatewayHomes.FindUnlisted(ClusterObjects.None));
        var found = GatewayHomes.FindUnlisted(ClusterObjects.None with { Unlisted = ["edge"] });
        Assert.Equal((ConditionStatus.Unknown, Reasons.AccessDenied), (found?.Status, found?.Reason));
        Assert.Contains("namespace edge", found?.Message, StringComparison.Ordinal);
        var parameters = GatewayHomes.FindUnlisted(ClusterObjects.None with { HasParameters = false });
        Assert.Contains("meshport-parameters", parameters?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_the_Gateway_API_pods_are_in_the_namespace_of_the_spec_and_hosts_are_visible_there_too()
    {
        Assert.Equal("edge", AddOn.Home(Spec, GatewayKind.External));
        Assert.Equal(["aks-istio-ingress", "edge"], AddOn.Homes(Spec, GatewayKind.External));
        Assert.Equal("aks-istio-ingress", AddOn.Home(Left, GatewayKind.External));
        Assert.Equal(["aks-istio-ingress"], AddOn.Homes(Spec with { GatewayNamespace = null }, GatewayKind.Internal));
    }
}
