using System.Text.Json.Nodes;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.ManagedClusters;

public sealed class ManagedClusterBodyTests
{
    private const string Subnet = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n";
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "istiotest", "istio_test");
    private static readonly ClusterSpec Spec = new()
    {
        Location = "eastus2",
        NetworkPlugin = NetworkPlugin.Kubenet,
        NodePool = new NodePoolSpec { VmSize = "Standard_B2ms", Count = 1 },
    };

    [Fact]
    public void A_new_cluster_has_network_mesh_and_gateway_in_one_body()
    {
        var body = ManagedClusterBody.Create(Cluster, Spec, Subnet, "asm-1-30");

        var properties = body["properties"];
        Assert.Equal("kubenet", Text(properties?["networkProfile"]?["networkPlugin"]));
        Assert.Null(properties?["networkProfile"]?["networkPluginMode"]);
        Assert.Equal(Subnet, Text(properties?["agentPoolProfiles"]?[0]?["vnetSubnetID"]));
        Assert.Equal(
            """{"mode":"Istio","istio":{"components":{"ingressGateways":[{"enabled":true,"mode":"External"}]},"revisions":["asm-1-30"]}}""",
            properties?["serviceMeshProfile"]?.ToJsonString()
        );
        Assert.Equal("istio-test-dns", Text(properties?["dnsPrefix"]));
    }

    [Fact]
    public void A_choice_left_to_Azure_is_not_sent()
    {
        var properties = ManagedClusterBody.Create(Cluster, Spec, subnetId: null, revision: null)["properties"];

        Assert.False(((JsonObject)properties!).ContainsKey("kubernetesVersion")); // Create always writes properties
        Assert.False(((JsonObject)properties["agentPoolProfiles"]![0]!).ContainsKey("vnetSubnetID"));
        Assert.Null(properties["serviceMeshProfile"]?["istio"]?["revisions"]);
    }

    [Fact]
    public void Names_and_choices_that_Azure_answers_in_another_case_are_no_difference()
    {
        var observed = Observed(
            """{"mode":"istio","istio":{"components":{"ingressGateways":[{"mode":"external","enabled":true}]},"revisions":["asm-1-29"]}}"""
        );
        observed["tags"] = new JsonObject { ["Owner"] = "edge" };
        // Observed always writes properties.
        observed["properties"]!["ingressProfile"] = new JsonObject { ["gatewayAPI"] = new JsonObject { ["installation"] = "standard" } };
        var spec = Spec with
        {
            Strategy = Strategy.GatewayApi,
            Tags = new Dictionary<string, string> { ["owner"] = "edge" },
        };

        Assert.Null(ManagedClusterBody.Update(observed, spec, lacksGatewayApi: true));
        var changed = ManagedClusterBody.Update(observed, spec with { Tags = new Dictionary<string, string> { ["owner"] = "core" } });
        Assert.Equal("""{"Owner":"core"}""", changed?["tags"]?.ToJsonString());
    }

    [Fact]
    public void A_cluster_of_others_gets_Gateway_API_definitions_only_if_it_has_none()
    {
        var observed = Observed("""{"mode":"Istio","istio":{"components":{"ingressGateways":[{"mode":"External","enabled":true}]}}}""");
        var spec = Spec with { Strategy = Strategy.GatewayApi };

        Assert.Null(ManagedClusterBody.Update(observed, spec));
        Assert.Equal(
            "Standard",
            Text(
                ManagedClusterBody
                    .Update(observed, spec, lacksGatewayApi: true)
                    ?["properties"]?["ingressProfile"]?["gatewayAPI"]?["installation"]
            )
        );
    }

    [Fact]
    public void Without_local_accounts_Entra_decides_and_with_them_it_may_be_absent()
    {
        var closed = ManagedClusterBody.Create(Cluster, Spec, null, null)["properties"];
        var open = ManagedClusterBody.Create(Cluster, Spec with { Access = new AccessSpec { LocalAccounts = true } }, null, null)[
            "properties"
        ];

        Assert.True(closed?["disableLocalAccounts"]?.GetValue<bool>());
        Assert.True(closed?["aadProfile"]?["enableAzureRBAC"]?.GetValue<bool>());
        Assert.False(open?["disableLocalAccounts"]?.GetValue<bool>());
        Assert.Null(open?["aadProfile"]);
    }

    [Fact]
    public void Overlay_and_cilium_are_written_as_the_profile_wants_them()
    {
        var profile = ManagedClusterBody
            .Create(Cluster, Spec with { NetworkPlugin = NetworkPlugin.AzureOverlay, Dataplane = Dataplane.Cilium }, null, null)[
                "properties"
            ]
            ?["networkProfile"];

        Assert.Equal(
            """{"networkPlugin":"azure","loadBalancerSku":"standard","networkPluginMode":"overlay","""
                + "\"networkDataplane\":\"cilium\",\"networkPolicy\":\"cilium\"}",
            profile?.ToJsonString()
        );
    }

    [Fact]
    public void A_cluster_that_fits_is_not_written() =>
        Assert.Null(
            ManagedClusterBody.Update(
                Observed(
                    """{"mode":"Istio","istio":{"revisions":["asm-1-29"],"components":{"ingressGateways":["""
                        + """{"enabled":true,"mode":"External"}]}}}"""
                ),
                Spec
            )
        );

    [Fact]
    public void A_missing_gateway_is_added_and_nothing_else_is_lost()
    {
        var observed = Observed(
            """{"mode":"Istio","istio":{"revisions":["asm-1-29"],"components":{"ingressGateways":["""
                + """{"enabled":false,"mode":"External"},{"enabled":true,"mode":"Internal"}],"egressGateways":["""
                + """{"enabled":true}]},"certificateAuthority":{"plugin":{"keyVaultId":"kv"}}}}"""
        );

        var body = ManagedClusterBody.Update(observed, Spec);

        Assert.Equal(
            """[{"enabled":true,"mode":"Internal"},{"enabled":true,"mode":"External"}]""",
            body?["properties"]?["serviceMeshProfile"]?["istio"]?["components"]?["ingressGateways"]?.ToJsonString()
        );
        Assert.Equal("kv", Text(body?["properties"]?["serviceMeshProfile"]?["istio"]?["certificateAuthority"]?["plugin"]?["keyVaultId"]));
        Assert.Equal("kept", Text(body?["properties"]?["unknownToMeshPort"]));
        Assert.NotNull(body?["properties"]?["serviceMeshProfile"]?["istio"]?["components"]?["egressGateways"]);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("""{"mode":"Disabled"}""")]
    public void A_cluster_without_a_mesh_gets_one(string profile)
    {
        var body = ManagedClusterBody.Update(Observed(profile), Spec);

        Assert.Equal("Istio", Text(body?["properties"]?["serviceMeshProfile"]?["mode"]));
        Assert.Equal("kept", Text(body?["properties"]?["unknownToMeshPort"]));
    }

    [Fact]
    public void An_immutable_field_is_reported()
    {
        var observed = Observed("null");

        Assert.Null(ImmutableFields.Difference(observed, Spec));
        Assert.Contains(
            "westeurope",
            ImmutableFields.Difference(observed, Spec with { Location = "westeurope" }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "kubenet",
            ImmutableFields.Difference(observed, Spec with { NetworkPlugin = NetworkPlugin.Azure }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Standard_B2ms",
            ImmutableFields.Difference(observed, Spec with { NodePool = new NodePoolSpec { VmSize = "Standard_D2s_v5" } }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "nodepool1",
            ImmutableFields.Difference(observed, Spec with { NodePool = Spec.NodePool with { Name = "nodepool1x" } }),
            StringComparison.Ordinal
        );
        Assert.Contains("1.34.4", ImmutableFields.Difference(observed, Spec with { KubernetesVersion = "1.35" }), StringComparison.Ordinal);
        Assert.Contains(
            "localAccounts",
            ImmutableFields.Difference(observed, Spec with { Access = new AccessSpec { LocalAccounts = true } }),
            StringComparison.Ordinal
        );
        Assert.Null(ImmutableFields.Difference(observed, Spec with { KubernetesVersion = "1.34" }));
    }

    [Fact]
    public void A_mesh_revision_is_not_changed_behind_the_operators_back()
    {
        var observed = Observed("""{"mode":"Istio","istio":{"revisions":["asm-1-29"]}}""");

        Assert.Contains(
            "asm-1-29",
            ImmutableFields.Difference(observed, Spec with { Mesh = new MeshSpec { Revision = "asm-1-27" } }),
            StringComparison.Ordinal
        );
        Assert.Null(ImmutableFields.Difference(observed, Spec with { Mesh = new MeshSpec { Revision = "asm-1-29" } }));
    }

    [Fact]
    public void Node_count_and_tags_are_written_where_they_differ()
    {
        var observed = Observed("""{"mode":"Istio","istio":{"components":{"ingressGateways":[{"enabled":true,"mode":"External"}]}}}""");

        var body = ManagedClusterBody.Update(
            observed,
            Spec with
            {
                NodePool = Spec.NodePool with { Count = 3 },
                Tags = new Dictionary<string, string> { ["team"] = "net" },
            }
        );

        Assert.Equal(3, body?["properties"]?["agentPoolProfiles"]?[0]?["count"]?.GetValue<int>());
        Assert.Equal("""{"policy":"kept","team":"net"}""", body?["tags"]?.ToJsonString());
    }

    [Fact]
    public void Without_a_count_a_new_cluster_has_two_nodes_and_an_existing_one_keeps_its_count()
    {
        var observed = Observed("""{"mode":"Istio","istio":{"components":{"ingressGateways":[{"enabled":true,"mode":"External"}]}}}""");
        observed["properties"]!["agentPoolProfiles"]![0]!["count"] = 17; // Observed wrote it
        var open = Spec with { NodePool = Spec.NodePool with { Count = null } };

        Assert.Null(ManagedClusterBody.Update(observed, open));
        Assert.Equal(
            2,
            ManagedClusterBody
                .Create(new ClusterId("s", "g", "c"), open, null, null)["properties"]
                ?["agentPoolProfiles"]?[0]?["count"]?.GetValue<int>()
        );
    }

    [Theory]
    [InlineData("overlay", NetworkPlugin.AzureOverlay, true)]
    [InlineData("Overlay", NetworkPlugin.AzureOverlay, true)]
    [InlineData("overlay", NetworkPlugin.Azure, false)]
    [InlineData(null, NetworkPlugin.Azure, true)]
    [InlineData(null, NetworkPlugin.AzureOverlay, false)]
    public void An_overlay_is_distinguished_from_addresses_of_the_network(string? mode, NetworkPlugin wanted, bool fits)
    {
        var observed = Observed("null");
        // Observed always writes properties.
        observed["properties"]!["networkProfile"] = new JsonObject { ["networkPlugin"] = "azure", ["networkPluginMode"] = mode };

        Assert.Equal(fits, ImmutableFields.Difference(observed, Spec with { NetworkPlugin = wanted }) is null);
    }

    [Fact]
    public void The_autoscaler_chooses_the_count_where_it_is_on()
    {
        var observed = Observed("""{"mode":"Istio","istio":{"components":{"ingressGateways":[{"enabled":true,"mode":"External"}]}}}""");
        observed["properties"]!["agentPoolProfiles"]![0]!["enableAutoScaling"] = true; // Observed wrote it

        Assert.Null(ManagedClusterBody.Update(observed, Spec with { NodePool = Spec.NodePool with { Count = 3 } }));
    }

    private static JsonObject Observed(string meshProfile) =>
        new()
        {
            ["location"] = "eastus2",
            ["tags"] = new JsonObject { ["policy"] = "kept" },
            ["properties"] = new JsonObject
            {
                ["networkProfile"] = new JsonObject { ["networkPlugin"] = "kubenet" },
                ["currentKubernetesVersion"] = "1.34.4",
                ["disableLocalAccounts"] = true,
                ["agentPoolProfiles"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "nodepool1",
                        ["vmSize"] = "Standard_B2ms",
                        ["count"] = 1,
                    }
                ),
                ["serviceMeshProfile"] = JsonNode.Parse(meshProfile),
                ["unknownToMeshPort"] = "kept",
            },
        };

    private static string? Text(JsonNode? node) => node?.GetValue<string>();
}
