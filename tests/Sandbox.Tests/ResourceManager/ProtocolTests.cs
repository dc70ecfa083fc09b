using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class ProtocolTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private const string Subscription = "/subscriptions/" + SandboxClients.Subscription;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/providers/Microsoft.Authorization/providerOperations?api-version=2018-07-01")]
    [InlineData("GET", Subscription + "/providers/Microsoft.Authorization/locks?api-version=2016-09-01")]
    [InlineData("GET", Subscription + "/providers/Microsoft.Network/virtualNetworkGateways?api-version=2001-01-01")]
    [InlineData("GET", Subscription + "/providers/Microsoft.Storage?api-version=2022-09-01")]
    [InlineData("POST", Subscription + "/resourcegroups/rg/exportTemplate?api-version=2022-09-01")]
    public async Task A_refusal_says_that_the_sandbox_does_not_simulate_it(string method, string path)
    {
        var answer = await fixture.SendAsync(method, path);

        Assert.Equal(404, answer.Status);
        Assert.EndsWith(
            " The sandbox does not simulate it.",
            answer.Body["error"]!["message"]!.GetValue<string>(),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("GET", Subscription, 400, "MissingApiVersionParameter")]
    [InlineData("GET", Subscription + "?api-version=latest", 400, "InvalidApiVersionParameter")]
    [InlineData(
        "GET",
        Subscription + "/providers/Microsoft.ContainerService/managedClusters?api-version=2017-01-01",
        404,
        "InvalidResourceType"
    )]
    [InlineData("GET", Subscription + "/resourceGroups/rg?api-version=2011-01-01", 400, "InvalidApiVersionParameter")]
    [InlineData("GET", Subscription + "/providers/Microsoft.Features/features?api-version=2022-09-01", 404, "InvalidResourceType")]
    [InlineData("GET", "/nothing/here?api-version=2022-12-01", 404, "MissingSubscription")]
    [InlineData("GET", "/subscriptions/not-a-guid?api-version=2022-12-01", 400, "InvalidSubscriptionId")]
    [InlineData("GET", Subscription + "/providers/Microsoft.Nothing?api-version=2022-09-01", 404, "InvalidResourceNamespace")]
    [InlineData("GET", Subscription + "/resourceGroups/absent?api-version=2022-09-01", 404, "ResourceGroupNotFound")]
    [InlineData(
        "GET",
        Subscription + "/resourceGroups/absent/providers/Microsoft.ContainerService/managedClusters/c1?api-version=2026-03-01",
        404,
        "ResourceGroupNotFound"
    )]
    [InlineData(
        "GET",
        Subscription + "/resourceGroups/rg/providers/Microsoft.ContainerService/snapshots/s1?api-version=2026-03-01",
        404,
        "InvalidResourceType"
    )]
    [InlineData(
        "POST",
        Subscription
            + "/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c1/listClusterUserCredentials?"
            + "api-version=2026-03-01",
        404,
        "InvalidResourceType"
    )]
    public async Task A_request_to_an_unknown_path_is_refused_with_resource_managers_error(
        string method,
        string path,
        int status,
        string code
    )
    {
        var answer = await fixture.SendAsync(method, path);

        Assert.Equal((status, code), (answer.Status, ArmFixture.Code(answer.Body)));
        Assert.Equal("gateway", Assert.Single(answer.Message.Headers.GetValues("x-ms-failure-cause")));
    }

    [Theory]
    [InlineData("POST", Subscription + "/resourceGroups/rg?api-version=2022-09-01", "PUT")]
    [InlineData("DELETE", Subscription + "/resourceGroups/rg/providers/Microsoft.Network/loadBalancers/a?api-version=2025-07-01", "GET")]
    [InlineData(
        "HEAD",
        Subscription + "/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c?api-version=2026-03-01",
        "GET"
    )]
    public async Task A_method_that_a_path_does_not_support_is_not_allowed(string method, string path, string allowed)
    {
        var (status, _, message) = await fixture.SendAsync(method, path);

        Assert.Equal(405, status);
        Assert.Contains(allowed, message.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"location":5}""")]
    public async Task An_unreadable_body_is_a_client_error(string body)
    {
        var answer = await fixture.SendAsync("PUT", $"{Subscription}/resourceGroups/rg-bad?api-version=2022-09-01", body);

        Assert.Equal((400, "InvalidRequestContent"), (answer.Status, ArmFixture.Code(answer.Body)));
    }

    [Fact]
    public async Task Every_answer_can_be_correlated()
    {
        var (_, _, message) = await fixture.SendAsync(
            "GET",
            $"{Subscription}?api-version=2022-12-01",
            null,
            ("x-ms-client-request-id", "mine"),
            ("x-ms-return-client-request-id", "true"),
            ("x-ms-correlation-request-id", "ours")
        );

        Assert.Equal("mine", Assert.Single(message.Headers.GetValues("x-ms-client-request-id")));
        Assert.Equal("ours", Assert.Single(message.Headers.GetValues("x-ms-correlation-request-id")));
        Assert.True(message.Headers.Contains("x-ms-request-id"));
        Assert.True(message.Headers.Contains("x-ms-ratelimit-remaining-subscription-reads"));
    }

    [Fact]
    public async Task Answers_have_the_headers_of_resource_manager()
    {
        var (_, _, message) = await fixture.SendAsync("GET", $"{Subscription}?api-version=2022-12-01");

        Assert.Equal("no-cache", Assert.Single(message.Headers.GetValues("Pragma")));
        Assert.Equal("-1", Assert.Single(message.Content.Headers.GetValues("Expires")));
        Assert.Equal("max-age=31536000; includeSubDomains", Assert.Single(message.Headers.GetValues("Strict-Transport-Security")));
        Assert.Equal("nosniff", Assert.Single(message.Headers.GetValues("X-Content-Type-Options")));
        Assert.StartsWith(
            $"appId={fixture.Sandbox.ClientId},tenantId={fixture.Sandbox.TenantId},objectId=",
            Assert.Single(message.Headers.GetValues("x-ms-operation-identifier")),
            StringComparison.Ordinal
        );
        Assert.Equal("application/json; charset=utf-8", message.Content.Headers.ContentType!.ToString());
        var clusters = await fixture.SendAsync(
            "GET",
            $"{Subscription}/providers/Microsoft.ContainerService/managedClusters?api-version=2026-03-01"
        );
        Assert.Equal("application/json", clusters.Message.Content.Headers.ContentType!.ToString());
    }

    [Theory]
    [InlineData("2017-08-31", true)]
    [InlineData("2022-11-01", true)]
    [InlineData("2026-08-02-preview", true)]
    [InlineData("2024-09-02-preview", false)] // retired by Azure in July 2026
    [InlineData("2022-11-02", false)]
    public async Task An_api_version_that_azure_does_not_serve_is_refused_with_those_that_it_does(string version, bool isServed)
    {
        await fixture.Clients.GroupAsync("versions", Cancel);

        var (status, body, _) = await fixture.SendAsync("GET", $"{SandboxClients.ClusterId("versions", "c1")}?api-version={version}");

        Assert.Equal(isServed ? (404, "ResourceNotFound") : (400, "NoRegisteredProviderFound"), (status, ArmFixture.Code(body)));
        if (!isServed)
        {
            var text = body["error"]!["message"]!.GetValue<string>();
            Assert.StartsWith(
                $"No registered resource provider found for location 'eastus2' and API version '{version}' for type 'managedClusters'. The "
                    + "supported api-versions are '2017-08-31, 2018-03-31, 2019-02-01, ",
                text,
                StringComparison.Ordinal
            );
            Assert.EndsWith("brazilsoutheast'.", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_doubled_slash_before_a_scope_counts_once()
    {
        var path = $"{fixture.Sandbox.ResourceManagerEndpoint.ToString().TrimEnd('/')}/{Subscription}?api-version=2022-12-01";

        Assert.Contains("//subscriptions", path, StringComparison.Ordinal);
        Assert.Equal(200, (await fixture.SendAsync("GET", path)).Status);
    }

    [Theory]
    [InlineData("2015-01-01", "/adfs/entra")]
    [InlineData("2019-05-01", "/")]
    [InlineData("2020-06-01", "/")]
    [InlineData("2022-09-01", "/")]
    public async Task The_endpoints_of_the_cloud_need_no_token(string version, string login)
    {
        using var answer = await fixture.Clients.Http.GetAsync($"/metadata/endpoints?api-version={version}", Cancel);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;

        var cloud = body is JsonArray list ? list[0]! : body;
        Assert.Equal(
            new Uri(fixture.Sandbox.ResourceManagerEndpoint, login).ToString(),
            cloud["authentication"]!["loginEndpoint"]!.GetValue<string>()
        );
        Assert.Equal("https://management.core.windows.net/", cloud["authentication"]!["audiences"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task A_token_for_another_resource_is_refused_by_its_audience()
    {
        var token = await fixture
            .Clients.Credential()
            .GetTokenAsync(new Azure.Core.TokenRequestContext(["https://graph.microsoft.com/.default"]), Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Subscription}?api-version=2022-12-01");
        request.Headers.Authorization = new("Bearer", token.Token);

        using var answer = await fixture.Clients.Http.SendAsync(request, Cancel);

        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Contains("InvalidAuthenticationTokenAudience", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_and_writes_are_counted_separately()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false }, Cancel);
        using var clients = new SandboxClients(sandbox);

        await clients.GroupAsync("rg", Cancel);
        await ArmFixture.SendAsync(clients, "GET", $"{Subscription}?api-version=2022-12-01");
        await ArmFixture.SendAsync(clients, "POST", ArmFixture.ClusterPath("rg", "c1", "/listClusterUserCredential"));

        Assert.Equal((2, 1), (sandbox.Traffic.ArmReads, sandbox.Traffic.ArmWrites));
    }

    [Fact]
    public async Task The_error_for_a_port_in_use_names_the_port()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var problem = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, Port = port }, Cancel)
        );

        Assert.Contains($"127.0.0.1:{port}", problem.Message, StringComparison.Ordinal);
    }
}
