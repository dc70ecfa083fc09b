using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>What AKS, Compute and Network answer about a location.</summary>
public sealed class LocationTests(GenerousArmFixture fixture) : IClassFixture<GenerousArmFixture>
{
    private const string Aks = "Microsoft.ContainerService/locations/eastus2";
    private const string Compute = "Microsoft.Compute/locations/eastus2";

    [Theory]
    [InlineData("osOptions/default", "2024-02-01", "2024-05-01")]
    [InlineData("osOptions/default", "2021-03-01", "2021-02-01")]
    [InlineData("trustedAccessRoles", "2023-09-01", "2023-08-01")]
    [InlineData("trustedAccessRoles", "2026-03-02-preview", "2022-11-01")]
    [InlineData("nodeImageVersions", "2025-10-02-preview", "2025-10-01")]
    [InlineData("guardrailsVersions/v1.0.0", "2024-10-02-preview", "2026-03-01")]
    [InlineData("safeguardsVersions", "2026-04-02-preview", "2026-04-01")]
    public async Task A_type_exists_in_the_api_versions_that_azure_published(string type, string with, string without)
    {
        Assert.Equal(200, (await GetAsync(Aks, type, with)).Status);
        var (status, body, _) = await GetAsync(Aks, type, without);
        Assert.Equal((400, "NoRegisteredProviderFound"), (status, ArmFixture.Code(body)));
        var message = body["error"]!["message"]!.GetValue<string>();
        Assert.Contains($"for type 'locations/{type.Split('/')[0]}'", message, StringComparison.Ordinal);
        Assert.Contains($"{with}", message, StringComparison.Ordinal);
        Assert.DoesNotContain($", {without},", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_lists_the_api_versions_of_each_type()
    {
        var (_, provider, _) = await fixture.SendAsync("GET", $"{Subscription("Microsoft.Compute")}?api-version=2021-04-01");

        var versions = provider["resourceTypes"]!
            .AsArray()
            .ToDictionary(type => type!["resourceType"]!.GetValue<string>(), type => Texts(type!["apiVersions"]));
        Assert.Equal(["2021-07-01", "2019-04-01", "2017-09-01", "2017-03-30"], versions["skus"]);
        Assert.DoesNotContain("2019-04-01", versions["locations/usages"]);
    }

    [Fact]
    public async Task The_node_images_include_those_of_node_pools()
    {
        var steps = new ClusterSteps(fixture, "node-images");
        await steps.CreateAsync();
        await steps.DoneAsync("PUT", "/agentPools/npwin", 201, """{"properties":{"osType":"Windows","count":1}}""");

        var (_, images, _) = await GetAsync(Aks, "nodeImageVersions", "2026-03-02-preview");

        var names = images["value"]!.AsArray().Select(image => image!["fullName"]!.GetValue<string>()).ToList();
        foreach (var pool in (await steps.PropertiesAsync())["agentPoolProfiles"]!.AsArray())
        {
            Assert.Contains(pool!["nodeImageVersion"]!.GetValue<string>(), names);
        }

        Assert.All(
            images["value"]!.AsArray(),
            image => Assert.Equal($"{image!["os"]}-{image["sku"]}-{image["version"]}", $"{image["fullName"]}")
        );
    }

    [Fact]
    public async Task Usages_of_compute_show_what_is_left_of_the_quota_of_node_pools()
    {
        var steps = new ClusterSteps(fixture, "usages");
        await steps.CreateAsync(body =>
            body["properties"]!["agentPoolProfiles"]![0]!["vmSize"] = "Standard_E96s_v5" // a family of this test's own
        );
        await steps.DoneAsync("PUT", "/agentPools/more", 201, """{"properties":{"vmSize":"Standard_E96s_v5","count":3}}""");

        var (_, usages, _) = await GetAsync(Compute, "usages", "2022-11-01");
        var family = Usage(usages, "standardESv5Family");
        Assert.Equal(("Standard ESv5 Family vCPUs", 480), (family["name"]!["localizedValue"]!.GetValue<string>(), Current(family)));
        Assert.True(Current(Usage(usages, "cores")) >= 480);
        Assert.True(Current(Usage(usages, "virtualMachines")) >= 5);
        var remaining = family["limit"]!.GetValue<int>() - Current(family);

        var nodes = (remaining / 96) + 3;
        var (status, refused, _) = await steps.SendAsync(
            "PUT",
            "/agentPools/more",
            $$$"""{"properties":{"count":{{{nodes + 1}}},"vmSize":"Standard_E96s_v5"}}"""
        );
        Assert.Equal(400, status);
        Assert.StartsWith(
            $"Insufficient vcpu quota requested {(nodes - 2) * 96}, remaining {remaining} for family standardESv5Family for region "
                + "eastus2. If you want to increase the quota, please follow this instruction: ",
            refused["message"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
        await steps.DoneAsync("DELETE", "", 202);
        Assert.Equal(0, Current(Usage((await GetAsync(Compute, "usages", "2022-11-01")).Body, "standardESv5Family")));
    }

    [Fact]
    public async Task The_quota_of_a_region_counts_all_families()
    {
        var steps = new ClusterSteps(fixture, "regional");
        string[] sizes = ["Standard_D96s_v6", "Standard_D96as_v5", "Standard_D96ds_v5"];

        await fixture.Clients.GroupAsync("regional", TestContext.Current.CancellationToken);
        var (status, body, _) = await steps.SendAsync("PUT", "", ArmFixture.Cluster(Enlarge));

        Assert.Equal((400, "ErrCode_InsufficientVCPUQuota"), (status, ArmFixture.Code(body)));
        Assert.StartsWith(
            "Insufficient regional vcpu quota left for location westus. left regional vcpu quota 20000, requested quota 23040. ",
            body["message"]!.GetValue<string>(),
            StringComparison.Ordinal
        );

        void Enlarge(JsonObject cluster)
        {
            cluster["location"] = "westus";
            cluster["properties"]!["agentPoolProfiles"] = new JsonArray([
                .. sizes.Select(
                    (size, index) =>
                        new JsonObject
                        {
                            ["name"] = $"np{index}",
                            ["mode"] = "System",
                            ["vmSize"] = size,
                            ["count"] = 80,
                        }
                ),
            ]);
        }
    }

    [Fact]
    public async Task Skus_are_the_sizes_that_clusters_accept()
    {
        var filter = Uri.EscapeDataString("location eq 'East US 2'");
        var first = await fixture.SendAsync("GET", $"{Subscription("Microsoft.Compute")}/skus?api-version=2021-07-01&$filter={filter}");
        var skus = first.Body["value"]!.AsArray().ToDictionary(sku => sku!["name"]!.GetValue<string>(), sku => sku!);
        var (_, sizes, _) = await GetAsync(Compute, "vmSizes", "2022-11-01");
        var (_, usages, _) = await GetAsync(Compute, "usages", "2022-11-01");

        Assert.Null(first.Body["nextLink"]);
        Assert.Equal("2", Capability(skus["Standard_B2ms"], "vCPUs"));
        Assert.Equal("8", Capability(skus["Standard_B2ms"], "MemoryGB"));
        Assert.Equal("standardBSFamily", skus["Standard_B2ms"]["family"]!.GetValue<string>());
        Assert.All(skus.Values, sku => Assert.Equal("eastus2", Assert.Single(sku["locations"]!.AsArray())!.GetValue<string>()));
        Assert.All(skus.Values, sku => Assert.NotNull(Usage(usages, sku["family"]!.GetValue<string>())));
        Assert.All(skus.Keys, name => Assert.Contains(sizes["value"]!.AsArray(), size => size!["name"]!.GetValue<string>() == name));
        Assert.DoesNotContain("Standard_D2ps_v3", sizes["value"]!.AsArray().Select(size => size!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Usages_of_the_network_count_the_addresses_of_clusters()
    {
        var before = await CountsAsync();
        var steps = new ClusterSteps(fixture, "network-usages");
        await steps.CreateAsync(body => body["identity"] = new JsonObject { ["type"] = "SystemAssigned" });
        await fixture.SendAsync(
            "PUT",
            ArmFixture.NetworkPath("network-usages", "publicIPAddresses", "mine"),
            """{"location":"eastus2","sku":{"name":"Standard"},"properties":{"publicIPAllocationMethod":"Static"}}"""
        );

        Assert.Equal(
            [before[0] + 2, before[1] + 2, before[2] + 1, before[3] + 1], // the cluster's outbound address and the customer's
            await CountsAsync()
        );

        async Task<int[]> CountsAsync()
        {
            var (_, usages, _) = await GetAsync("Microsoft.Network/locations/eastus2", "usages", "2025-07-01");
            string[] names = ["PublicIPAddresses", "StandardSkuPublicIpAddresses", "LoadBalancers", "VirtualNetworks"];
            return [.. names.Select(name => Current(Usage(usages, name)))];
        }
    }

    [Fact]
    public async Task What_azure_has_not_published_is_refused_clearly()
    {
        var (status, body, _) = await GetAsync(Aks, "usages", "2026-03-01");

        Assert.Equal((404, "InvalidResourceType"), (status, ArmFixture.Code(body)));
        Assert.EndsWith("The sandbox does not simulate it.", body["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(
            "LocationNotAvailableForResourceType",
            ArmFixture.Code((await GetAsync("Microsoft.Compute/locations/nowhere", "usages", "2022-11-01")).Body)
        );
    }

    private Task<(int Status, JsonObject Body, HttpResponseMessage Message)> GetAsync(string location, string type, string version) =>
        fixture.SendAsync("GET", $"{Subscription(location)}/{type}?api-version={version}");

    private static string Subscription(string provider) => $"/subscriptions/{SandboxClients.Subscription}/providers/{provider}";

    private static JsonNode Usage(JsonObject usages, string name) =>
        Assert.Single(usages["value"]!.AsArray(), usage => usage!["name"]!["value"]!.GetValue<string>() == name)!;

    private static int Current(JsonNode usage) => usage["currentValue"]!.GetValue<int>();

    private static string Capability(JsonNode sku, string name) =>
        Assert.Single(sku["capabilities"]!.AsArray(), item => item!["name"]!.GetValue<string>() == name)!["value"]!.GetValue<string>();

    private static IEnumerable<string> Texts(JsonNode? array) => array!.AsArray().Select(item => item!.GetValue<string>());
}
