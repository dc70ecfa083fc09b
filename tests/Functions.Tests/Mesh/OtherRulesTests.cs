using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Mesh;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Mesh;

public sealed class OtherRulesTests
{
    private static readonly GatewayService Gateway = AddOn.Gateway(new ClusterSpec { Location = "eastus2" }, GatewayKind.External);

    [Fact]
    public void Ports_of_load_balancers_count_but_for_the_gateways_and_MeshPorts_own() =>
        Assert.Equal(
            2,
            GatewaysPlan.OtherRules(
                [
                    Service("theirs", "theirs", "LoadBalancer", 2),
                    Service("theirs", "inside", "ClusterIP", 5),
                    Service(Gateway.Namespace, Gateway.Service, "LoadBalancer", 40),
                    Service(Gateway.Namespace, "meshport-companion", "LoadBalancer", 7, ("app.kubernetes.io/managed-by", "meshport")),
                ],
                [Gateway]
            )
        );

    [Theory]
    [InlineData("meshport-external-1b2c3d4e", false, 1)]
    [InlineData("meshport-internal", true, 2)]
    [InlineData("theirs", false, 3)]
    [InlineData("theirs", true, 6)]
    public void A_gateway_of_MeshPort_has_a_status_port_and_a_second_family_doubles_the_rules(string gateway, bool isDual, int rules) =>
        Assert.Equal(
            rules,
            GatewaysPlan.OtherRules(
                [
                    Service(
                        "aks-istio-ingress",
                        $"{gateway}-istio",
                        "LoadBalancer",
                        3,
                        ("gateway.networking.k8s.io/gateway-name", gateway)
                    ) with
                    {
                        Families = isDual ? 2 : 1,
                    },
                ],
                [Gateway]
            )
        );

    [Fact]
    public void Families_are_those_of_the_service() =>
        Assert.Equal(
            2,
            GatewaysSnapshot
                .Of(
                    new JsonObject
                    {
                        ["metadata"] = new JsonObject { ["namespace"] = "theirs", ["name"] = "theirs" },
                        ["spec"] = new JsonObject { ["ipFamilies"] = new JsonArray("IPv4", "IPv6") },
                    }
                )
                .Families
        );

    [Fact]
    public void A_service_of_the_gateways_name_elsewhere_is_none() =>
        Assert.Equal(3, GatewaysPlan.OtherRules([Service("elsewhere", Gateway.Service, "LoadBalancer", 3)], [Gateway]));

    private static ObservedService Service(
        string space,
        string name,
        string type,
        int ports,
        params (string Name, string Value)[] labels
    ) =>
        GatewaysSnapshot.Of(
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["namespace"] = space,
                    ["name"] = name,
                    ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Name, (JsonNode?)label.Value))),
                },
                ["spec"] = new JsonObject
                {
                    ["type"] = type,
                    ["ports"] = new JsonArray([.. Enumerable.Range(9000, ports).Select(port => new JsonObject { ["port"] = port })]),
                },
            }
        );
}
