using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class RealTrafficTests : IAsyncLifetime
{
    private AzureSandbox? _sandbox;
    private SandboxClients? _clients;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private SandboxClients Clients => _clients ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync()
    {
        _sandbox = await AzureSandbox.StartAsync(
            new SandboxOptions
            {
                IsPaced = false,
                TimeScale = 6000,
                Quirks = true,
            },
            Cancel
        );
        _clients = new SandboxClients(_sandbox);
        await _clients.GroupAsync("rg", Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _clients?.Dispose();
        if (_sandbox is not null)
        {
            await _sandbox.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_cluster_is_spelled_and_ordered_as_in_recorded_traffic()
    {
        var answer = await ArmFixture.SendAsync(
            Clients,
            "PUT",
            ArmFixture.ClusterPath("rg", "c"),
            ArmFixture.Cluster(cluster =>
                cluster["properties"]!["ingressProfile"] = JsonNode.Parse("""{"webAppRouting":{"enabled":true}}""")
            )
        );
        var text = await answer.Message.Content.ReadAsStringAsync(Cancel);
        var routing = answer.Body["properties"]!["ingressProfile"]!["webAppRouting"]!.AsObject();

        Assert.Contains("/resourcegroups/rg/", answer.Body["id"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("Microsoft.ContainerService/ManagedClusters", answer.Body["type"]!.GetValue<string>());
        Assert.Equal(["id", "location", "name"], answer.Body.Select(property => property.Key).Take(3));
        Assert.StartsWith("{\n \"id\"", text, StringComparison.Ordinal);
        Assert.Equal("application/json", answer.Message.Content.Headers.ContentType?.ToString());
        Assert.True(routing.ContainsKey("dnsZoneResourceIds") && routing["dnsZoneResourceIds"] is null && routing.ContainsKey("identity"));
        Assert.Equal("Disabled", routing["gatewayAPIImplementations"]!["appRoutingIstio"]!["mode"]!.GetValue<string>());
        Assert.False(answer.Body.ContainsKey("eTag"));
    }

    [Fact]
    public async Task The_bytes_of_an_operations_name_are_swapped_relative_to_its_url()
    {
        var put = await ArmFixture.SendAsync(Clients, "PUT", ArmFixture.ClusterPath("rg", "swapped"), ArmFixture.Cluster());
        var url = new Uri(Assert.Single(put.Message.Headers.GetValues("Azure-AsyncOperation")));
        var poll = await ArmFixture.SendAsync(Clients, "GET", url.PathAndQuery);

        var (inUrl, inBody) = (Guid.Parse(url.Segments[^1]), Guid.Parse(poll.Body["name"]!.GetValue<string>()));
        Assert.NotEqual(inUrl, inBody);
        Assert.Equal(inUrl, new Guid(inBody.ToByteArray(), bigEndian: true));
        Assert.DoesNotContain(poll.Body, property => property.Key is "id" or "percentComplete" or "properties");
    }

    [Fact]
    public async Task The_newest_mesh_revision_has_no_upgrades()
    {
        var answer = await ArmFixture.SendAsync(
            Clients,
            "GET",
            $"/subscriptions/{SandboxClients.Subscription}/providers/Microsoft.ContainerService/locations/eastus2/meshRevisionProfiles/"
                + "istio?api-version=2026-03-01"
        );
        var revisions = answer.Body["properties"]!["meshRevisions"]!.AsArray();

        Assert.DoesNotContain(revisions, revision => revision!["upgrades"] is JsonArray { Count: 0 });
        Assert.Contains(revisions, revision => revision!.AsObject().ContainsKey("upgrades"));
    }

    [Fact]
    public async Task A_feature_named_in_the_header_must_be_registered()
    {
        var answer = await ArmFixture.SendAsync(
            Clients,
            "PUT",
            ArmFixture.ClusterPath("rg", "gated"),
            ArmFixture.Cluster(),
            ("AKSHTTPCustomFeatures", "Microsoft.ContainerService/ManagedGatewayAPIPreview")
        );

        Assert.Equal((400, "BadRequest"), (answer.Status, ArmFixture.Code(answer.Body)));
        Assert.Contains(
            "Feature Microsoft.ContainerService/ManagedGatewayAPIPreview is not enabled",
            answer.Body["message"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Without_quirks_ids_and_types_have_the_spelling_of_the_specifications()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false }, Cancel);
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("rg", Cancel);
        var answer = await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "c"), ArmFixture.Cluster());

        Assert.Equal(SandboxClients.ClusterId("rg", "c").ToString(), answer.Body["id"]!.GetValue<string>());
        Assert.Equal("Microsoft.ContainerService/managedClusters", answer.Body["type"]!.GetValue<string>());
    }
}
