using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Firewall;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using MeshPort.Network;
using Xunit;

namespace MeshPort.Functions.Tests.Infra;

/// <summary>
/// Every body that MeshPort can send fits the schema of its api-version, according to the Bicep compiler. One file has all bodies of
/// resource groups, each kind in a section.
/// </summary>
public sealed class ArmBodyTests
{
    private const string Clusters = "Microsoft.ContainerService/managedClusters";
    private const string ClusterType = $"{Clusters}@{ApiVersions.ManagedClusters}";
    private const string MaintenanceType = $"{Clusters}/maintenanceConfigurations@{ApiVersions.ManagedClusters}";
    private const string PoolType = $"{Clusters}/agentPools@{ApiVersions.ManagedClusters}";
    private const string VirtualNetworkType = $"Microsoft.Network/virtualNetworks@{ApiVersions.Network}";
    private const string SubnetType = $"Microsoft.Network/virtualNetworks/subnets@{ApiVersions.Network}";
    private const string SecurityGroupType = $"Microsoft.Network/networkSecurityGroups@{ApiVersions.Network}";
    private const string PublicIpType = $"Microsoft.Network/publicIPAddresses@{ApiVersions.Network}";
    private const string SecurityRuleType = $"Microsoft.Network/networkSecurityGroups/securityRules@{ApiVersions.Network}";
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "istiotest", "istiotest");
    private static readonly Dictionary<string, string> Tags = new() { ["cost-center"] = "edge" };
    private static readonly NetworkSpec Network = new("istiovnet", "10.13.0.0/16", "istiosubnet", "10.13.76.0/24");

    private static readonly Lazy<Task<IReadOnlyList<Complaint>>> Compilation = new(() =>
    {
        var file = new BicepFile();
        foreach (var (section, add) in Sections)
        {
            file.Section = section;
            add(file);
        }

        return file.CompileAsync(CancellationToken.None); // one file for all tests of this class
    });

    private static IEnumerable<(string Name, Action<BicepFile> Add)> Sections =>
        [
            ("clusters", AddClusters),
            ("maintenance", AddMaintenance),
            ("pools", AddPools),
            ("networks", AddNetworks),
            ("role", AddRole),
            ("rules", AddRules),
            ("changes", AddChanges),
            ("misfits", AddMisfits),
        ];

    [Fact]
    public async Task Every_new_cluster_fits_the_schema()
    {
        Assert.Empty(await ComplaintsAsync("clusters"));
        // (3 plugins x 2 data planes - kubenet with cilium) x 3 x 4 x 2 x 2 x 2, and 20 with options
        Assert.Equal(500, ClusterVariants.Accepted.Count);
    }

    [Fact]
    public async Task Every_maintenance_window_fits_the_schema() => Assert.Empty(await ComplaintsAsync("maintenance"));

    [Fact]
    public async Task Every_node_pool_fits_the_schema() => Assert.Empty(await ComplaintsAsync("pools"));

    [Fact]
    public async Task Every_new_network_fits_the_schema() => Assert.Empty(await ComplaintsAsync("networks"));

    [Fact]
    public async Task A_new_resource_group_fits_the_schema()
    {
        var body = ResourceGroup.Body("eastus2", Tags);
        var file = new BicepFile("subscription");
        file.Add("resource group", $"Microsoft.Resources/resourceGroups@{ApiVersions.Resources}", "istiotest", body);

        Assert.Empty(await file.CompileAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_role_that_is_given_fits_the_schema() => Assert.Empty(await ComplaintsAsync("role"));

    [Fact]
    public async Task Every_security_rule_fits_the_schema() => Assert.Empty(await ComplaintsAsync("rules"));

    [Fact]
    public async Task Every_change_of_a_cluster_that_exists_fits_the_schema()
    {
        var complaints = await ComplaintsAsync("changes");

        // BCP073: read-only. MeshPort sends all of Azure's answer back, and Azure ignores read-only fields.
        Assert.DoesNotContain(complaints, complaint => complaint.Code != "BCP073");
        Assert.NotEmpty(complaints);
    }

    /// <summary>The compiler does not detect a value outside an enumeration: those of AKS are open in the schema.</summary>
    [Fact]
    public async Task A_body_that_does_not_fit_is_detected() =>
        Assert.Equal(
            [("number for a text", "BCP036"), ("misspelt", "BCP037"), ("misspelt in extra", "BCP089"), ("without mode", "BCP035")],
            (await ComplaintsAsync("misfits")).Select(complaint => (complaint.About, complaint.Code))
        );

    private static async Task<IReadOnlyList<Complaint>> ComplaintsAsync(string section)
    {
        var complaints = await Compilation.Value.WaitAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(complaints, complaint => complaint.Section.Length == 0); // the compiler itself failed
        return [.. complaints.Where(complaint => complaint.Section == section)];
    }

    private static void AddClusters(BicepFile file)
    {
        foreach (var (title, spec) in ClusterVariants.Accepted)
        {
            file.Add(title, ClusterType, Cluster.Name, Created(spec));
        }
    }

    private static void AddMaintenance(BicepFile file)
    {
        var window = new MaintenanceWindow { StartTime = "02:00", DurationHours = 4 };
        MaintenanceWindow[] windows =
        [
            window with
            {
                EveryDays = 1,
            },
            window with
            {
                EveryWeeks = 2,
                DayOfWeek = Weekday.Friday,
                StartDate = "2026-12-01",
                UtcOffset = "+05:30",
            },
            window with
            {
                EveryMonths = 1,
                DayOfMonth = 31,
                NotAllowedDates = [new DateSpan("2026-12-20", "2027-01-06")],
            },
            window with
            {
                EveryMonths = 6,
                WeekIndex = WeekIndex.Last,
                DayOfWeek = Weekday.Sunday,
            },
        ];
        foreach (var one in windows)
        {
            file.Add($"{one}", MaintenanceType, $"{Cluster.Name}/default", MaintenanceBody.Of(one));
        }
    }

    private static void AddPools(BicepFile file)
    {
        var pool = new FurtherNodePoolSpec { Name = "apps" };
        FurtherNodePoolSpec[] pools =
        [
            pool,
            pool with
            {
                Mode = NodePoolMode.System,
                Zones = ["1", "2"],
                Autoscaler = new AutoscalerSpec(1, 3),
            },
            pool with
            {
                Labels = new Dictionary<string, string> { ["a.b/c"] = "d" },
                Taints = ["a=b:NoSchedule"],
                Count = 0,
            },
        ];
        foreach (var one in pools)
        {
            file.Add(
                $"{one}",
                PoolType,
                $"{Cluster.Name}/{one.Name}",
                NodePoolBody.Create(one, NetworkIds.Subnet(Cluster, Network).ToString())
            );
        }
    }

    private static void AddNetworks(BicepFile file)
    {
        foreach (var group in new[] { null, NetworkIds.SecurityGroup(Cluster, "guard").ToString() })
        {
            file.Add(
                $"network, guard {group}",
                VirtualNetworkType,
                Network.Vnet ?? "",
                NetworkBody.VirtualNetwork("eastus2", Tags, Network, group)
            );
            file.Add($"subnet, guard {group}", SubnetType, $"{Network.Vnet}/{Network.Subnet}", NetworkBody.Subnet(Network, group));
        }

        var dual = Network with { Ipv6AddressPrefix = "fd00:1300::/48", Ipv6SubnetPrefix = "fd00:1300:0:1::/64" };
        file.Add("dual-stack network", VirtualNetworkType, Network.Vnet ?? "", NetworkBody.VirtualNetwork("eastus2", Tags, dual, null));
        file.Add("dual-stack subnet", SubnetType, $"{Network.Vnet}/{Network.Subnet}", NetworkBody.Subnet(dual, null));
        file.Add("security group", SecurityGroupType, "guard", NetworkBody.SecurityGroup("eastus2", Tags));
        PublicAddressSpec[] addresses =
        [
            new(null, null, null, null),
            new("edge", "net", "/subscriptions/0/resourceGroups/net/providers/Microsoft.Network/publicIPPrefixes/edge", "edge"),
        ];
        foreach (var address in addresses)
        {
            file.Add($"public IP address {address}", PublicIpType, "edge", PublicIps.Body("eastus2", Tags, address));
        }

        file.Add("IPv6 address", PublicIpType, "edge", PublicIps.Body("eastus2", Tags, addresses[0], IpFamily.IPv6));
    }

    private static void AddRole(BicepFile file)
    {
        var (subnet, principal) = (NetworkIds.Subnet(Cluster, Network), Guid.Parse("11111111-2222-4333-8444-555555555555"));
        file.Add(
            "role",
            $"Microsoft.Authorization/roleAssignments@{ApiVersions.RoleAssignments}",
            $"{NetworkRole.NameFor(subnet, principal)}",
            NetworkRole.Body(Cluster, principal)
        );
    }

    private static void AddRules(BicepFile file)
    {
        foreach (var rule in SecurityRules())
        {
            file.Add(rule.ToJsonString(), SecurityRuleType, "guard/meshport", rule);
        }
    }

    private static void AddChanges(BicepFile file)
    {
        foreach (var (title, spec) in ClusterVariants.Accepted.Where(variant => OnlyItsMeshDiffers(variant.Spec)))
        {
            var more = spec with
            {
                NodePool = spec.NodePool with { Count = 7 },
                Tags = new Dictionary<string, string> { ["owner"] = "them" },
            };
            foreach (var (profile, wish) in from profile in MeshProfiles() from wish in new[] { spec, more } select (profile, wish))
            {
                if (ManagedClusterBody.Update(Observed(spec, profile), wish) is { } body)
                {
                    file.Add($"{title} over {profile?.ToJsonString()} with {wish.NodePool.Count} nodes", ClusterType, Cluster.Name, body);
                }
            }
        }
    }

    private static void AddMisfits(BicepFile file)
    {
        file.Add("right", ClusterType, Cluster.Name, With("dnsPrefix", "\"istiotest\""));
        file.Add("number for a text", ClusterType, Cluster.Name, With("dnsPrefix", "1"));
        file.Add("misspelt", ClusterType, Cluster.Name, With("dnsPrefx", "\"istiotest\""));
        file.Add(
            "misspelt in extra",
            ClusterType,
            Cluster.Name,
            Created(
                new ClusterSpec
                {
                    Location = "eastus2",
                    Extra = new JsonObject { ["metricProfile"] = true },
                }
            )
        );
        file.Add(
            "without mode",
            ClusterType,
            Cluster.Name,
            With("serviceMeshProfile", """{"mode":"Istio","istio":{"components":{"ingressGateways":[{"enabled":true}]}}}""")
        );
    }

    /// <summary>Rules for every kind of gateway, address, sources and ports of an exposure.</summary>
    private static IEnumerable<JsonObject> SecurityRules() =>
        from gateway in Enum.GetValues<GatewayKind>()
        from address in new[] { "20.0.0.1", "2001:db8::1" }
        from sources in new[]
        {
            "",
            "203.0.113.0/24",
            "203.0.113.0/24,198.51.100.7/32",
            "2001:db8:1::/48",
            "203.0.113.0/24,2001:db8:1::/48",
        }
        from ports in new int[][] { [9000], [9000, 9001], [9000, 9001, 9003] }
        let spec = new ExposureSpec
        {
            Gateway = gateway,
            Port = ports[0],
            Backends = [],
            AllowedSources = sources.Split(',', StringSplitOptions.RemoveEmptyEntries),
        }
        select SecurityRule.Allow(500, address, spec, ports);

    private static JsonObject With(string property, string value)
    {
        var body = Created(new ClusterSpec { Location = "eastus2" });
        body["properties"]![property] = JsonNode.Parse(value); // Create always writes properties
        return body;
    }

    /// <summary>A change copies the rest of Azure's answer, which the test of new clusters checks for every variant.</summary>
    private static bool OnlyItsMeshDiffers(ClusterSpec spec) =>
        spec
            is {
                NetworkPlugin: NetworkPlugin.Kubenet,
                KubernetesVersion: null,
                Access: { LocalAccounts: true, AdminGroupObjectIds.Count: 0 }
            };

    private static JsonObject Created(ClusterSpec spec) =>
        ManagedClusterBody.Create(
            Cluster,
            spec,
            spec.Network is { } network ? NetworkIds.Subnet(Cluster, network).ToString() : null,
            spec.Mesh.Revision
        );

    /// <summary>Azure's answer for a cluster: the written fields and those that Azure adds.</summary>
    private static JsonObject Observed(ClusterSpec spec, JsonObject? meshProfile)
    {
        var cluster = Created(spec);
        cluster["id"] =
            $"/subscriptions/{Cluster.SubscriptionId}/resourcegroups/{Cluster.ResourceGroup}"
            + $"/providers/Microsoft.ContainerService/managedClusters/{Cluster.Name}";
        cluster["name"] = Cluster.Name;
        cluster["eTag"] = "5fa0a5b7-1dc8-4cf6-9ad3-0c6b6a9d1b11";
        cluster["properties"]!["provisioningState"] = "Succeeded"; // Create always writes properties
        cluster["properties"]!["currentKubernetesVersion"] = "1.34.2"; // likewise
        cluster["properties"]!["serviceMeshProfile"] = meshProfile?.DeepClone(); // likewise
        return cluster;
    }

    private static IEnumerable<JsonObject?> MeshProfiles() =>
        [
            null,
            new JsonObject { ["mode"] = "Disabled" },
            Istio(null),
            Istio(new JsonArray()),
            Istio(new JsonArray(new JsonObject { ["enabled"] = false, ["mode"] = "External" })),
            Istio(new JsonArray(new JsonObject { ["enabled"] = true, ["mode"] = "Internal" })),
        ];

    private static JsonObject Istio(JsonArray? gateways)
    {
        var istio = new JsonObject { ["revisions"] = new JsonArray("asm-1-29") };
        if (gateways is not null)
        {
            istio["components"] = new JsonObject { ["ingressGateways"] = gateways };
        }

        return new JsonObject { ["mode"] = "Istio", ["istio"] = istio };
    }
}
