using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class ListTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static readonly string Subscription = $"/subscriptions/{Guid.NewGuid()}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_is_read_page_by_page()
    {
        for (var number = 0; number < 5; number++)
        {
            await fixture.SendAsync(
                "PUT",
                $"{Subscription}/resourceGroups/page{number}?api-version=2022-09-01",
                """{"location":"eastus2"}"""
            );
        }

        var names = new List<string>();
        for (var next = $"{Subscription}/resourceGroups?api-version=2022-09-01&$filter=substringof('page',name)&$top=2"; next is not null; )
        {
            var page = (await fixture.SendAsync("GET", next)).Body;
            Assert.InRange(page["value"]!.AsArray().Count, 1, 2);
            names.AddRange(page["value"]!.AsArray().Select(group => group!["name"]!.GetValue<string>()));
            next = page["nextLink"]?.GetValue<string>();
        }

        Assert.Equal(["page0", "page1", "page2", "page3", "page4"], names);
    }

    [Theory]
    [InlineData("$filter=tagName eq 'team' and tagValue eq 'blue'", 1)]
    [InlineData("$filter=tagName eq 'team'", 2)]
    [InlineData("$filter=resourceType eq 'Microsoft.Network/networkSecurityGroups' and name ne 'one'", 2)]
    [InlineData("$filter=name eq 'ONE'", 1)]
    [InlineData("$filter=location eq 'westeurope'", 0)]
    public async Task Resources_are_found_by_type_name_and_tag(string filter, int count)
    {
        await fixture.Clients.GroupAsync("filtered", Cancel);
        foreach (var (name, tags) in new[] { ("one", """{"team":"blue"}"""), ("two", """{"team":"red"}"""), ("three", "{}") })
        {
            await fixture.SendAsync(
                "PUT",
                ArmFixture.NetworkPath("filtered", "networkSecurityGroups", name),
                $$"""{"location":"eastus2","tags":{{tags}}}"""
            );
        }

        var list = await fixture.SendAsync(
            "GET",
            $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/filtered/resources?api-version=2022-09-01&{filter}"
        );

        Assert.Equal(count, list.Body["value"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("$filter=colour eq 'red'", "InvalidFilterInQueryString")]
    [InlineData("$top=none", "InvalidTopInQueryString")]
    [InlineData("$skiptoken=!", "InvalidSkipToken")]
    public async Task An_invalid_query_is_refused(string query, string code)
    {
        var answer = await fixture.SendAsync("GET", $"{Subscription}/resources?api-version=2022-09-01&{query}");

        Assert.Equal((400, code), (answer.Status, ArmFixture.Code(answer.Body)));
    }

    [Fact]
    public async Task The_node_resource_group_shows_the_load_balancer_and_the_gateways_public_address()
    {
        await fixture.Clients.GroupAsync("nodes", Cancel);
        var mesh = JsonNode.Parse("""{"mode":"Istio","istio":{"components":{"ingressGateways":[{"enabled":true,"mode":"External"}]}}}""");
        await fixture.SendAsync(
            "PUT",
            ArmFixture.ClusterPath("nodes", "c"),
            ArmFixture.Cluster(cluster => cluster["properties"]!["serviceMeshProfile"] = mesh)
        );
        await ArmFixture.QuietAsync(fixture.Sandbox);
        var addresses = await AddressesAsync();
        var address = Assert.Single(
            addresses,
            item => item["tags"]?["k8s-azure-service"]?.ToString() == "aks-istio-ingress/aks-istio-ingressgateway-external"
        );
        var balancer = (await fixture.SendAsync("GET", ArmFixture.NetworkPath("MC_nodes_c_eastus2", "loadBalancers", "kubernetes"))).Body;
        var one = await fixture.SendAsync("GET", $"{address["id"]}?api-version={SandboxClients.NetworkApiVersion}");
        var listed = await fixture.SendAsync(
            "GET",
            $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/mc_nodes_c_eastus2/resources?api-version=2022-09-01&"
                + "$filter=resourceType eq 'Microsoft.Network/publicIPAddresses'"
        );

        Assert.StartsWith("127.", one.Body["properties"]!["ipAddress"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(
            balancer["properties"]!["frontendIPConfigurations"]!.AsArray(),
            frontend => frontend!["properties"]!["publicIPAddress"]!["id"]!.ToString() == address["id"]!.ToString()
        );
        Assert.Equal(addresses.Count, listed.Body["value"]!.AsArray().Count);
    }

    private async Task<List<JsonObject>> AddressesAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Wait.Usual);
        while (true)
        {
            var list = (
                await fixture.SendAsync(
                    "GET",
                    $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/MC_nodes_c_eastus2/providers/Microsoft.Network/"
                        + $"publicIPAddresses?api-version={SandboxClients.NetworkApiVersion}"
                )
            ).Body;
            if (list["value"]!.AsArray().Any(item => item!["tags"]!["k8s-azure-service"] is not null))
            {
                return [.. list["value"]!.AsArray().Select(item => item!.AsObject())];
            }

            await Task.Delay(TimeSpan.FromMinutes(10), fixture.Sandbox.Clock, deadline.Token);
        }
    }
}
