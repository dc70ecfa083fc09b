using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.EndToEnd.Tests.Contract;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Messages;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.EndToEnd.Tests.Access;

/// <summary>The settings restrict clusters, namespaces, ports and the rate of requests.</summary>
public sealed class AllowListTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Exposures => $"{MeshPortHost.Cluster}/exposures";

    [Fact]
    public async Task Every_entry_point_refuses_ports_and_namespaces_that_are_not_allowed()
    {
        await using var host = await MeshPortHost.StartAsync(
            Token,
            ("MeshPort:Access:Operator:Ports", "25, 9000-9009"),
            ("MeshPort:Access:Operator:Namespaces", "default")
        );
        await host.PutClusterAsync(Token);
        Assert.Equal(
            ["/spec/discover/ports/0", "/spec/discover/namespaces"],
            await ForbiddenAsync(await PutDiscoverAsync(host, """{"namespaces":["default","shop"],"ports":["9005-9010"]}"""))
        );
        Assert.Equal(
            ["/spec/discover/namespaceSelector"],
            await ForbiddenAsync(await PutDiscoverAsync(host, """{"namespaceSelector":{"team":"web"},"ports":["9000-9009"]}"""))
        );
        Assert.Equal(HttpStatusCode.OK, (await PutDiscoverAsync(host, """{"namespaces":["default"],"ports":["9005-9009"]}""")).StatusCode);
        foreach (var query in (string[])["", "?dryRun=true"])
        {
            var edge = MeshPortHost.ClusterSpec();
            edge["gatewayServices"] = JsonNode.Parse(
                """{"external":{"namespace":"kube-system","service":"kube-dns","selector":{"k8s-app":"kube-dns"}}}"""
            );
            edge["strategy"] = "companionService";
            Assert.Equal(
                ["/spec/strategy", "/spec/gatewayServices"],
                await ForbiddenAsync(await host.Client.PutAsJsonAsync($"{MeshPortHost.Cluster}{query}", new { spec = edge }, Token))
            );
        }

        await host.PutExposureAsync("good", MeshPortHost.Echo("good", 9000), Token);
        var elsewhere = MeshPortHost.Echo("far", 9010);
        elsewhere["backends"]![0]!["namespace"] = "kube-system"; // Echo has one
        Assert.Equal(
            ["/spec/port", "/spec/backends/0/namespace"],
            await ForbiddenAsync(await host.Client.PutAsJsonAsync($"{Exposures}/far", new { spec = elsewhere }, Token))
        );

        var outside = MeshPortHost.Echo("outside", 9002);
        outside.Remove("workload");
        outside["backends"]![0]!["service"] = "kube-dns.kube-system"; // Echo has one
        Assert.Equal(
            ["/spec/backends/0/service"],
            await ForbiddenAsync(await host.Client.PutAsJsonAsync($"{Exposures}/outside", new { spec = outside }, Token))
        );

        var range = MeshPortHost.Echo("range", 9000);
        range.Remove("port");
        range["ports"] = new JsonArray(9001, "9008-9012");
        Assert.Equal(
            ["/spec/ports/1"],
            await ForbiddenAsync(await host.Client.PutAsJsonAsync($"{Exposures}/range", new { spec = range }, Token))
        );

        object[] batch =
        [
            new { name = "fine", spec = MeshPortHost.Echo("fine", 9001) },
            new { name = "far", spec = MeshPortHost.Echo("far", 9010) },
        ];
        Assert.Equal(["/put/1/spec/port"], await ForbiddenAsync(await host.Client.PostAsJsonAsync(Exposures, new { put = batch }, Token)));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync($"{Exposures}/fine", Token)).StatusCode);
        Assert.Equal(
            HttpStatusCode.Accepted,
            (await host.Client.PostAsJsonAsync($"{Exposures}?partial=true", new { put = batch }, Token)).StatusCode
        );

        var queue = host.Queue(ExposureQueue.Name);
        await queue.CreateIfNotExistsAsync(cancellationToken: Token);
        await queue.SendMessageAsync(
            new JsonObject
            {
                ["cluster"] = new JsonObject
                {
                    ["subscriptionId"] = MeshPortHost.Id.SubscriptionId,
                    ["resourceGroup"] = MeshPortHost.Id.ResourceGroup,
                    ["name"] = MeshPortHost.Id.Name,
                },
                ["put"] = new JsonArray(new JsonObject { ["name"] = "far", ["spec"] = MeshPortHost.Echo("far", 9010) }),
            }.ToJsonString(),
            Token
        );
        await Wait.UntilAsync(
            "it is rejected",
            Walkthrough.Within,
            async () => (await host.Client.GetStringAsync("/api/rejections", Token)).Contains("NotAllowed", StringComparison.Ordinal),
            Token
        );
    }

    [Fact]
    public async Task A_role_takes_no_port_of_a_Service_in_a_namespace_that_is_not_allowed()
    {
        await using var host = await MeshPortHost.StartAsync(Token, ("MeshPort:Access:Operator:Namespaces", "default"));
        await host.PutClusterAsync(Token);
        var theirs = new ExposureSpec { Port = 9000, Backends = [new BackendSpec("web", "shop", 7000, 100)] };
        var asked = await host
            .Functions.Services.GetRequiredService<ExposureRequests>()
            .ChangeAsync(
                MeshPortHost.Id,
                [new ExposureChange("theirs", theirs, Precondition.None, Owner: new ServiceOwner("shop", "web"))],
                partial: true,
                new Requester(RequestTrigger.Service, null, null),
                Token
            );
        Assert.NotNull(asked.OperationId);
        var mine = new { name = "mine", spec = MeshPortHost.Echo("mine", 9000) };

        using var put = await host.Client.PutAsJsonAsync($"{Exposures}/mine", new { mine.spec }, Token);
        using var batch = await host.Client.PostAsJsonAsync(Exposures, new { put = new[] { mine } }, Token);

        Assert.Equal(HttpStatusCode.Conflict, put.StatusCode);
        foreach (var refused in new[] { put, batch })
        {
            Assert.False(refused.IsSuccessStatusCode);
            Assert.Contains(
                "of Service shop/web, which your role may not delete",
                await refused.Content.ReadAsStringAsync(Token),
                StringComparison.Ordinal
            );
        }

        var found = await host.Client.GetFromJsonAsync<JsonObject>($"{Exposures}/theirs", Token);
        Assert.Null(found?["metadata"]?["deletedAt"]);
    }

    [Fact]
    public async Task A_role_ends_no_exposures_that_it_may_not_access_by_deleting_their_cluster()
    {
        await using var host = await MeshPortHost.StartAsync(Token, ("MeshPort:Access:Operator:Ports", "9000-9099"));
        await host.PutClusterAsync(Token);
        var requests = host.Functions.Services.GetRequiredService<ExposureRequests>();
        Task<ExposuresResult> ChangeAsync(ExposureSpec? spec) =>
            requests.ChangeAsync(
                MeshPortHost.Id,
                [new ExposureChange("mail", spec, Precondition.None)],
                partial: false,
                new Requester(RequestTrigger.Http, null, null),
                Token
            );
        await ChangeAsync(new ExposureSpec { Port = 25, Backends = [new BackendSpec("mail", "default", 25, 100)] });

        foreach (var query in new[] { "", "?keepAzure=true", "?dryRun=true" })
        {
            using var refused = await host.Client.DeleteAsync($"{MeshPortHost.Cluster}{query}", Token);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
            Assert.Contains(
                "An exposure of the cluster would end too: Your role may not use port 25.",
                await refused.Content.ReadAsStringAsync(Token),
                StringComparison.Ordinal
            );
        }

        await ChangeAsync(null);
        using var deleted = await host.Client.DeleteAsync(MeshPortHost.Cluster, Token);
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
    }

    private static Task<HttpResponseMessage> PutDiscoverAsync(MeshPortHost host, string discover)
    {
        var spec = MeshPortHost.ClusterSpec();
        spec["discover"] = JsonNode.Parse(discover);
        return host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec }, Token);
    }

    [Theory]
    [InlineData("MeshPort:Access:Operator:Subscriptions", "11111111-1111-1111-1111-111111111111")]
    [InlineData("MeshPort:Access:Operator:ResourceGroups", "other,another")]
    public async Task Clusters_that_are_not_allowed_are_refused(string setting, string value)
    {
        await using var host = await MeshPortHost.StartAsync(Token, (setting, value));

        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await host.Client.PutAsJsonAsync(MeshPortHost.Cluster, new { spec = Walkthrough.Environment.ClusterSpec }, Token)).StatusCode
        );
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client.GetAsync(MeshPortHost.Cluster, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client.DeleteAsync($"{Exposures}/any", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client.GetAsync("/api/rejections", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client.GetAsync("/api/settings", Token)).StatusCode);

        const string Allowed = "/api/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/other/clusters/mine";
        foreach (var query in (string[])["", "?dryRun=true"])
        {
            Assert.Equal(
                ["/spec/connection"],
                await ForbiddenAsync(
                    await host.Client.PutAsJsonAsync(
                        $"{Allowed}{query}",
                        new { spec = new { location = "eastus2", connection = "kubeconfig:theirs" } },
                        Token
                    )
                )
            );
        }
    }

    [Theory]
    [InlineData("Subscriptions", "11111111-1111-1111-1111-111111111111", HttpStatusCode.Forbidden)]
    [InlineData("ResourceGroups", "other,another", HttpStatusCode.OK)]
    public async Task Lists_across_clusters_have_the_allowed_clusters_only(string setting, string value, HttpStatusCode ofSubscription)
    {
        await using var host = await MeshPortHost.StartAsync(Token, ($"MeshPort:Access:Operator:{setting}", value));
        await host.Clusters.PutAsync(
            MeshPortHost.Id,
            new ClusterSpec { Location = "eastus2" },
            Precondition.None,
            new Requester(RequestTrigger.Http, null, null),
            Token
        ); // while the role was allowed to

        foreach (var kind in (string[])["clusters", "exposures"])
        {
            var all = await host.Client.GetFromJsonAsync<JsonElement>($"/api/{kind}", Token);
            Assert.Equal(0, all.GetProperty("value").GetArrayLength());
            using var some = await host.Client.GetAsync($"/api/subscriptions/{MeshPortHost.Id.SubscriptionId}/{kind}", Token);
            Assert.Equal(ofSubscription, some.StatusCode);
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await host.Client.GetAsync($"{MeshPortHost.Cluster}/operations", Token)).StatusCode);
    }

    [Fact]
    [FailureRow("too-many-requests")]
    public async Task A_caller_that_exceeds_its_limit_gets_a_time_to_retry()
    {
        await using var host = await MeshPortHost.StartAsync(Token, ("MeshPort:Access:RequestsPerMinute", "3"));
        for (var request = 0; request < 3; request++)
        {
            Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync(MeshPortHost.Cluster, Token)).StatusCode);
        }

        var description = ApiDescription.Parse(await host.Client.GetStringAsync("/openapi.yaml", Token));
        var check = new CheckedAnswers(description);
        using var client = new HttpClient(check) { BaseAddress = host.Functions.Address };
        var answers = new List<HttpResponseMessage>();
        for (var request = 0; request < 10; request++) // each second allows one more
        {
            answers.Add(await client.GetAsync(MeshPortHost.Cluster, Token));
        }

        var refused = answers.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        Assert.True(refused.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.Empty(check.Deviations);
        Assert.Contains("too-many-requests", await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<string?>> ForbiddenAsync(HttpResponseMessage answer)
    {
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Token))
            .GetProperty("errors")
            .EnumerateArray()
            .Select(error => error.GetProperty("pointer").GetString());
    }
}
