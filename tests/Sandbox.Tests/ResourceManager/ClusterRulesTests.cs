using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class ClusterRulesTests(GenerousArmFixture fixture) : IClassFixture<GenerousArmFixture>
{
    /// <summary>An invalid body, AKS's error code, and the target that the error names.</summary>
    public static TheoryData<string, string, string?> Refused =>
        new()
        {
            {
                """{"agentPoolProfiles":[{"name":"np","mode":"System","count":2,"vmSize":"Standard_Nonsense"}]}""",
                "BadRequest",
                "agentPoolProfile.vmSize"
            },
            {
                """{"agentPoolProfiles":[{"name":"np","mode":"System","count":0,"vmSize":"Standard_D2s_v5"}]}""",
                "InvalidParameter",
                "agentPoolProfile.count"
            },
            { """{"agentPoolProfiles":[{"name":"Upper","mode":"System","count":1}]}""", "InvalidParameter", "agentPoolProfile.name" },
            { """{"agentPoolProfiles":[]}""", "InvalidParameter", "agentPoolProfiles" },
            {
                """
                    {"agentPoolProfiles":[{"name":"np","mode":"System","count":1,
                    "vnetSubnetID":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/absent"}]}
                    """,
                "SubnetNotFound",
                "agentPoolProfile.vnetSubnetID"
            },
            { """{"kubernetesVersion":"1.20"}""", "K8sVersionNotSupported", "kubernetesVersion" },
            {
                """{"networkProfile":{"networkPlugin":"kubenet","networkDataplane":"cilium"}}""",
                "BadRequest",
                "networkProfile.networkDataplane"
            },
            {
                """{"networkProfile":{"networkPlugin":"kubenet","networkPluginMode":"overlay"}}""",
                "InvalidParameter",
                "networkProfile.networkPluginMode"
            },
            { """{"networkProfile":{"networkPlugin":"kubenet","podCidr":"10.0.0.0/8"}}""", "InvalidParameter", "networkProfile.podCidr" },
            {
                """{"networkProfile":{"networkPlugin":"kubenet","dnsServiceIP":"10.9.0.10"}}""",
                "InvalidParameter",
                "networkProfile.dnsServiceIP"
            },
            { """{"disableLocalAccounts":true}""", "BadRequest", "disableLocalAccounts" },
            { """{"agentPoolProfiles":[{"name":"np","mode":"System","count":1001}]}""", "InvalidParameter", "agentPoolProfile.count" },
            { """{"agentPoolProfiles":[{"name":"np","mode":"User","count":1}]}""", "InvalidParameter", "agentPoolProfiles" },
            {
                """{"agentPoolProfiles":[{"name":"np","mode":"System","count":1},{"name":"np","mode":"User","count":1}]}""",
                "InvalidParameter",
                "agentPoolProfile.name"
            },
            {
                """{"agentPoolProfiles":[{"name":"np","mode":"System","count":1,"maxPods":251}]}""",
                "InvalidParameter",
                "agentPoolProfile.maxPods"
            },
            {
                """{"agentPoolProfiles":[{"name":"np","mode":"System","count":160,"vmSize":"Standard_D64s_v5"}]}""",
                "ErrCode_InsufficientVCPUQuota",
                null
            },
            {
                """{"networkProfile":{"serviceCidr":"172.30.4.0/24","dnsServiceIP":"172.30.4.10"}}""",
                "InvalidParameter",
                "networkProfile.serviceCidr"
            },
            {
                """{"networkProfile":{"networkPlugin":"kubenet","podCidr":"172.16.0.0/12"}}""",
                "InvalidParameter",
                "networkProfile.podCidr"
            },
            { """{"networkProfile":{"dnsServiceIP":"10.0.0.1"}}""", "InvalidParameter", "networkProfile.dnsServiceIP" },
            { """{"networkProfile":{"networkPlugin":"azure","networkPolicy":"cilium"}}""", "BadRequest", "networkProfile.networkPolicy" },
            { """{"dnsPrefix":"-x"}""", "InvalidParameter", "dnsPrefix" },
            { """{"fqdnSubdomain":"x"}""", "InvalidParameter", "fqdnSubdomain" },
            { """{"enableRBAC":false,"aadProfile":{"managed":true}}""", "BadRequest", "enableRBAC" },
            { """{"aadProfile":{"enableAzureRBAC":true}}""", "BadRequest", "aadProfile.enableAzureRBAC" },
            {
                """{"aadProfile":{"managed":true,"adminGroupObjectIDs":["admins"]}}""",
                "InvalidParameter",
                "aadProfile.adminGroupObjectIDs"
            },
            {
                """{"ingressProfile":{"gatewayAPI":{"installation":"Experimental"}}}""",
                "InvalidParameter",
                "ingressProfile.gatewayAPI.installation"
            },
            {
                """{"addonProfiles":{"openServiceMesh":{"enabled":true}},"serviceMeshProfile":{"mode":"Istio"}}""",
                "BadRequest",
                "serviceMeshProfile.mode"
            },
            {
                """
                    {"ingressProfile":{"webAppRouting":{"enabled":true,
                    "gatewayAPIImplementations":{"appRoutingIstio":{"mode":"Enabled"}}}},"serviceMeshProfile":{"mode":"Istio"}}
                    """,
                "BadRequest",
                "serviceMeshProfile.mode"
            },
            {
                """{"serviceMeshProfile":{"mode":"Istio","istio":{"revisions":["asm-1-27"]}}}""",
                "BadRequest",
                "serviceMeshProfile.istio.revisions"
            },
            {
                """{"serviceMeshProfile":{"mode":"Istio","istio":{"revisions":["asm-1-28","asm-1-29"]}}}""",
                "BadRequest",
                "serviceMeshProfile.istio.revisions"
            },
            {
                """{"kubernetesVersion":"1.36","serviceMeshProfile":{"mode":"Istio","istio":{"revisions":["asm-1-28"]}}}""",
                "BadRequest",
                "serviceMeshProfile.istio.revisions"
            },
            { """{"serviceMeshProfile":{"mode":"Linkerd"}}""", "InvalidParameter", "serviceMeshProfile.mode" },
            {
                """{"serviceMeshProfile":{"mode":"Istio","istio":{"revisions":["asm-1-99"]}}}""",
                "BadRequest",
                "serviceMeshProfile.istio.revisions"
            },
            {
                """{"kubernetesVersion":"1.36","serviceMeshProfile":{"mode":"Istio","istio":{"revisions":["asm-1-27"]}}}""",
                "BadRequest",
                "serviceMeshProfile.istio.revisions"
            },
            {
                """
                    {"serviceMeshProfile":{"mode":"Istio","istio":{"components":{"ingressGateways":[{"enabled":true,"mode":"External"},
                    {"enabled":false,"mode":"External"}]}}}}
                    """,
                "InvalidParameter",
                "serviceMeshProfile.istio.components.ingressGateways"
            },
            { Pool("""{"osDiskSizeGB":5}"""), "InvalidParameter", "agentPoolProfile.osDiskSizeGB" },
            { Pool("""{"osDiskSizeGB":2049}"""), "InvalidParameter", "agentPoolProfile.osDiskSizeGB" },
            { Pool("""{"enableAutoScaling":true}"""), "InvalidParameter", "agentPoolProfile.minCount" },
            { Pool("""{"enableAutoScaling":true,"minCount":5,"maxCount":2}"""), "InvalidParameter", "agentPoolProfile.minCount" },
            { Pool("""{"enableAutoScaling":true,"minCount":0,"maxCount":2}"""), "InvalidParameter", "agentPoolProfile.minCount" },
            { Pool("""{"osType":"Windows"}"""), "InvalidParameter", "agentPoolProfile.osType" },
            { Pool("""{"osSKU":"Windows2022"}"""), "InvalidParameter", "agentPoolProfile.osSKU" },
            { Pool("""{"scaleSetPriority":"Spot"}"""), "InvalidParameter", "agentPoolProfile.scaleSetPriority" },
            { Pool("""{"nodeLabels":{"kubernetes.azure.com/x":"y"}}"""), "InvalidParameter", "agentPoolProfile.nodeLabels" },
            { Pool("""{"nodeLabels":{"a b":"y"}}"""), "InvalidParameter", "agentPoolProfile.nodeLabels" },
            { Pool("""{"nodeTaints":["a=b"]}"""), "InvalidParameter", "agentPoolProfile.nodeTaints" },
            { Pool("""{"nodeTaints":["a=b:Never"]}"""), "InvalidParameter", "agentPoolProfile.nodeTaints" },
            { Pool("""{"availabilityZones":["1"],"type":"AvailabilitySet"}"""), "InvalidParameter", "agentPoolProfile.availabilityZones" },
            { Pool("""{"upgradeSettings":{"maxSurge":"many"}}"""), "InvalidParameter", "agentPoolProfile.upgradeSettings.maxSurge" },
            {
                Pool("""{"upgradeSettings":{"maxSurge":"0%","maxUnavailable":"0"}}"""),
                "InvalidParameter",
                "agentPoolProfile.upgradeSettings.maxUnavailable"
            },
            {
                Pool("""{"upgradeSettings":{"drainTimeoutInMinutes":2000}}"""),
                "InvalidParameter",
                "agentPoolProfile.upgradeSettings.drainTimeoutInMinutes"
            },
            { Pool("""{"availabilityZones":["7"]}"""), "AvailabilityZoneNotSupported", "agentPoolProfile.availabilityZones" },
            { """{"networkProfile":{"loadBalancerSku":"basic"}}""", "InvalidParameter", "networkProfile.loadBalancerSku" },
            { """{"networkProfile":{"outboundType":"userDefinedRouting"}}""", "InvalidParameter", "networkProfile.outboundType" },
            { """{"networkProfile":{"outboundType":"userAssignedNATGateway"}}""", "InvalidParameter", "networkProfile.outboundType" },
            { """{"networkProfile":{"ipFamilies":["IPv6"]}}""", "InvalidParameter", "networkProfile.ipFamilies" },
            {
                """{"networkProfile":{"ipFamilies":["IPv4","IPv6"],"networkPlugin":"kubenet"}}""",
                "InvalidParameter",
                "networkProfile.ipFamilies"
            },
            { DualStack(""" "networkPolicy":"calico" """), "InvalidParameter", "networkProfile.networkPolicy" },
            { DualStack(""" "podCidrs":["10.244.0.0/16"] """), "InvalidParameter", "networkProfile.podCidrs" },
            {
                """{"networkProfile":{"loadBalancerProfile":{"managedOutboundIPs":{"count":500}}}}""",
                "InvalidParameter",
                "networkProfile.loadBalancerProfile.managedOutboundIPs.count"
            },
            {
                """{"networkProfile":{"loadBalancerProfile":{"allocatedOutboundPorts":7}}}""",
                "InvalidParameter",
                "networkProfile.loadBalancerProfile.allocatedOutboundPorts"
            },
            {
                """{"networkProfile":{"loadBalancerProfile":{"idleTimeoutInMinutes":1}}}""",
                "InvalidParameter",
                "networkProfile.loadBalancerProfile.idleTimeoutInMinutes"
            },
            {
                """{"networkProfile":{"loadBalancerProfile":{"managedOutboundIPs":{"count":1},"outboundIPs":{}}}}""",
                "InvalidParameter",
                "networkProfile.loadBalancerProfile"
            },
            {
                """{"networkProfile":{"loadBalancerProfile":{"outboundIPs":{"publicIPs":[{"id":"/subscriptions/0"}]}}}}""",
                "BadRequest",
                "networkProfile.loadBalancerProfile"
            },
            { """{"networkProfile":{"networkPlugin":"kubenet","networkPolicy":"azure"}}""", "BadRequest", "networkProfile.networkPolicy" },
            { """{"networkProfile":{"networkPlugin":"none","networkPolicy":"calico"}}""", "BadRequest", "networkProfile.networkPolicy" },
            { """{"supportPlan":"AKSLongTermSupport"}""", "InvalidParameter", "supportPlan" },
            { """{"metricsProfile":{"costAnalysis":{"enabled":true}}}""", "InvalidParameter", "metricsProfile.costAnalysis" },
            { """{"windowsProfile":{"adminUsername":"a","adminPassword":"short"}}""", "InvalidParameter", "windowsProfile.adminPassword" },
            {
                """{"apiServerAccessProfile":{"authorizedIPRanges":["300.2.3.4/32"]}}""",
                "InvalidParameter",
                "apiServerAccessProfile.authorizedIPRanges"
            },
            {
                """{"apiServerAccessProfile":{"authorizedIPRanges":["203.0.113.7/24"]}}""",
                "InvalidParameter",
                "apiServerAccessProfile.authorizedIPRanges"
            },
            {
                """
                    {"apiServerAccessProfile":
                    {"enablePrivateCluster":true,"privateDNSZone":"none","enablePrivateClusterPublicFQDN":false}}
                    """,
                "InvalidParameter",
                "apiServerAccessProfile.privateDNSZone"
            },
            {
                """{"apiServerAccessProfile":{"enablePrivateCluster":true,"authorizedIPRanges":["1.2.3.4/32"]}}""",
                "InvalidParameter",
                "apiServerAccessProfile.authorizedIPRanges"
            },
            {
                """{"securityProfile":{"workloadIdentity":{"enabled":true}},"oidcIssuerProfile":{"enabled":false}}""",
                "InvalidParameter",
                "securityProfile.workloadIdentity"
            },
            {
                """{"securityProfile":{"azureKeyVaultKms":{"enabled":true}}}""",
                "InvalidParameter",
                "securityProfile.azureKeyVaultKms.keyId"
            },
            {
                """{"autoUpgradeProfile":{"upgradeChannel":"node-image","nodeOSUpgradeChannel":"None"}}""",
                "InvalidParameter",
                "autoUpgradeProfile.nodeOSUpgradeChannel"
            },
            {
                """{"nodeProvisioningProfile":{"mode":"Auto"},"networkProfile":{"networkPlugin":"kubenet"}}""",
                "InvalidParameter",
                "nodeProvisioningProfile.mode"
            },
            { """{"nodeResourceGroup":"rules"}""", "BadRequest", "nodeResourceGroup" },
            { $$"""{"nodeResourceGroup":"{{new string('n', 81)}}"}""", "InvalidParameter", "name" },
        };

    /// <summary>Properties of a cluster whose only pool has more settings.</summary>
    private static string DualStack(string more) =>
        """{"networkProfile":{"networkPlugin":"azure","networkPluginMode":"overlay","ipFamilies":["IPv4","IPv6"],""" + more + "}}";

    private static string Pool(string settings)
    {
        var pool = JsonNode.Parse(settings)!.AsObject();
        (pool["name"], pool["mode"], pool["count"]) = ("np", "System", 1);
        return new JsonObject { ["agentPoolProfiles"] = new JsonArray(pool) }.ToJsonString();
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_cluster_that_AKS_would_refuse_is_refused(string properties, string code, string? target)
    {
        await fixture.Clients.GroupAsync("rules", TestContext.Current.CancellationToken);
        var body = ArmFixture.Cluster(cluster =>
        {
            foreach (var (name, value) in JsonNode.Parse(properties)!.AsObject())
            {
                cluster["properties"]![name] = value?.DeepClone();
            }
        });

        // AKS limits the writes of one cluster, so each case has its own.
        var path = ArmFixture.ClusterPath("rules", $"refused-{Guid.NewGuid():N}");
        var answer = await fixture.SendAsync("PUT", path, body);

        Assert.Equal(
            (400, code, target),
            (answer.Status, ArmFixture.Code(answer.Body), answer.Body["error"]?["target"]?.GetValue<string>())
        );
        Assert.Equal(404, (await fixture.SendAsync("GET", path)).Status);
    }

    [Theory]
    [InlineData(80, null, 201)]
    [InlineData(81, null, 400)]
    [InlineData(81, "nodes-of-long", 201)]
    public async Task The_name_that_AKS_composes_for_the_node_resource_group_has_at_most_80_characters(
        int length,
        string? chosen,
        int status
    )
    {
        var group = (chosen ?? "composed").PadRight(length - "MC__c_eastus2".Length, 'g');
        await fixture.Clients.GroupAsync(group, TestContext.Current.CancellationToken);

        var answer = await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath(group, "c"),
            ArmFixture.Cluster(cluster => cluster["properties"]!["nodeResourceGroup"] = chosen)
        );

        Assert.Equal(status, answer.Status);
        if (status == 400)
        {
            Assert.Equal("InvalidParameter", ArmFixture.Code(answer.Body));
            Assert.Contains("the length of the value provided is 81.", answer.Body.ToJsonString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"type":"UserAssigned"}""")]
    [InlineData("""{"type":"UserAssigned","userAssignedIdentities":{}}""")]
    public async Task A_user_assigned_identity_needs_an_id(string identity)
    {
        await fixture.Clients.GroupAsync("rules", TestContext.Current.CancellationToken);

        var answer = await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath("rules", "nobody"),
            ArmFixture.Cluster(cluster => cluster["identity"] = JsonNode.Parse(identity))
        );

        Assert.Equal((400, "MissingIdentityIds"), (answer.Status, ArmFixture.Code(answer.Body)));
        Assert.Equal(404, (await fixture.SendAsync("GET", ArmFixture.ClusterPath("rules", "nobody"))).Status);
    }

    [Fact]
    public async Task A_preview_value_needs_its_feature()
    {
        var token = TestContext.Current.CancellationToken;
        await fixture.Clients.GroupAsync("preview", token);
        var path = ArmFixture
            .ClusterPath("preview", "c1")
            .Replace(SandboxClients.ClusterApiVersion, "2026-08-02-preview", StringComparison.Ordinal);
        var body = ArmFixture.Cluster(cluster =>
            cluster["properties"]!["networkProfile"]!["loadBalancerProfile"] = new JsonObject
            {
                ["clusterServiceLoadBalancerHealthProbeMode"] = "Shared",
            }
        );
        var feature =
            $"/subscriptions/{SandboxClients.Subscription}/providers/Microsoft.Features/providers/Microsoft.ContainerService/features/"
            + "EnableSLBSharedHealthProbePreview";

        var refused = await fixture.SendAsync("PUT", path, body);
        await fixture.SendAsync("POST", $"{feature}/register?api-version=2021-07-01");
        await ArmFixture.QuietAsync(fixture.Sandbox);

        Assert.Equal((400, "BadRequest"), (refused.Status, ArmFixture.Code(refused.Body)));
        Assert.Contains(
            "Feature Microsoft.ContainerService/EnableSLBSharedHealthProbePreview is not enabled",
            refused.Body.ToJsonString(),
            StringComparison.Ordinal
        );
        Assert.Equal(201, (await fixture.SendAsync("PUT", path, body)).Status);
    }

    [Fact]
    public async Task A_burstable_system_pool_is_accepted_with_a_warning()
    {
        await fixture.Clients.GroupAsync("burst", TestContext.Current.CancellationToken);

        var warned = await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath("burst", "c1"),
            ArmFixture.Cluster(body => body["properties"]!["agentPoolProfiles"]![0]!["vmSize"] = "Standard_B2ms")
        );
        var plain = await fixture.SendAsync("PUT", ArmFixture.ClusterPath("burst", "c2"), ArmFixture.Cluster());

        Assert.Equal((201, 201), (warned.Status, plain.Status));
        Assert.Contains(
            "not supported for system node pools",
            Assert.Single(warned.Message.Headers.GetValues("Warning")),
            StringComparison.Ordinal
        );
        Assert.False(plain.Message.Headers.Contains("Warning"));
    }

    [Fact]
    public async Task Properties_that_are_fixed_at_creation_cannot_be_changed()
    {
        await fixture.Clients.GroupAsync("fixed", TestContext.Current.CancellationToken);
        var path = ArmFixture.ClusterPath("fixed", "c1");
        await fixture.SendAsync("PUT", path, ArmFixture.Cluster());
        await ArmFixture.QuietAsync(fixture.Sandbox);

        var moved = await fixture.SendAsync("PUT", path, ArmFixture.Cluster(body => body["location"] = "westeurope"));
        var resized = await fixture.SendAsync(
            "PUT",
            path,
            ArmFixture.Cluster(body => body["properties"]!["agentPoolProfiles"]![0]!["vmSize"] = "Standard_D4s_v5")
        );
        var renamed = await fixture.SendAsync("PUT", path, ArmFixture.Cluster(body => body["properties"]!["dnsPrefix"] = "other"));
        var hidden = await fixture.SendAsync(
            "PUT",
            path,
            ArmFixture.Cluster(body => body["properties"]!["apiServerAccessProfile"] = JsonNode.Parse("""{"enablePrivateCluster":true}"""))
        );
        var homeless = await fixture.SendAsync("PUT", path, ArmFixture.Cluster(body => body.Remove("location")));
        var nowhere = await fixture.SendAsync("PUT", path, ArmFixture.Cluster(body => body["location"] = "atlantis"));

        Assert.Equal((409, "InvalidResourceLocation"), (moved.Status, ArmFixture.Code(moved.Body)));
        Assert.Equal((400, "PropertyChangeNotAllowed"), (resized.Status, ArmFixture.Code(resized.Body)));
        Assert.Equal((400, "PropertyChangeNotAllowed"), (renamed.Status, ArmFixture.Code(renamed.Body)));
        Assert.Equal((400, "PropertyChangeNotAllowed"), (hidden.Status, ArmFixture.Code(hidden.Body)));
        Assert.Equal((400, "LocationRequired"), (homeless.Status, ArmFixture.Code(homeless.Body)));
        Assert.Equal((400, "LocationNotAvailableForResourceType"), (nowhere.Status, ArmFixture.Code(nowhere.Body)));
    }

    [Fact]
    public async Task The_DNS_zone_of_a_private_cluster_changes_to_none_only()
    {
        var path = ArmFixture.ClusterPath("private", "c1");
        await fixture.Clients.GroupAsync("private", TestContext.Current.CancellationToken);
        var (_, made, _) = await PutAsync(null);
        var unset = await PutAsync("none");
        var back = await PutAsync("system");

        Assert.Equal("system", made["properties"]!["apiServerAccessProfile"]!["privateDNSZone"]!.GetValue<string>());
        Assert.Equal(200, unset.Status);
        Assert.Equal((400, "PropertyChangeNotAllowed"), (back.Status, ArmFixture.Code(back.Body)));

        async Task<(int Status, JsonObject Body, HttpResponseMessage Message)> PutAsync(string? zone)
        {
            var answer = await fixture.SendAsync(
                "PUT",
                path,
                ArmFixture.Cluster(body =>
                    body["properties"]!["apiServerAccessProfile"] = new JsonObject
                    {
                        ["enablePrivateCluster"] = true,
                        ["privateDNSZone"] = zone,
                    }
                )
            );
            await ArmFixture.QuietAsync(fixture.Sandbox);
            return answer;
        }
    }

    [Fact]
    public async Task An_identity_that_does_not_exist_is_refused()
    {
        await fixture.Clients.GroupAsync("rules", TestContext.Current.CancellationToken);
        var id =
            $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/rules/providers/Microsoft.ManagedIdentity/"
            + "userAssignedIdentities/absent";

        var answer = await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath("rules", "nobodys"),
            ArmFixture.Cluster(cluster =>
                cluster["identity"] = new JsonObject
                {
                    ["type"] = "UserAssigned",
                    ["userAssignedIdentities"] = new JsonObject { [id] = new JsonObject() },
                }
            )
        );

        Assert.Equal((400, "FailedIdentityOperation"), (answer.Status, ArmFixture.Code(answer.Body)));
    }

    [Fact]
    public async Task A_location_lists_its_mesh_revisions_and_their_compatible_versions()
    {
        var path =
            $"/subscriptions/{SandboxClients.Subscription}/providers/Microsoft.ContainerService/locations/eastus2/meshRevisionProfiles";

        var (_, list, _) = await fixture.SendAsync("GET", $"{path}?api-version=2026-03-01");
        var (_, istio, _) = await fixture.SendAsync("GET", $"{path}/istio?api-version=2026-03-01");

        Assert.True(JsonNode.DeepEquals(list["value"]![0], istio));
        var revisions = istio["properties"]!["meshRevisions"]!.AsArray();
        Assert.Equal(
            ["asm-1-27", "asm-1-28", "asm-1-29", "asm-1-30", "asm-1-31"],
            revisions.Select(revision => revision!["revision"]!.GetValue<string>())
        );
        Assert.Null(revisions[^1]!["upgrades"]);
        Assert.Equal("1.33", revisions[^1]!["compatibleWith"]![0]!["versions"]![0]!.GetValue<string>());
    }
}
