using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

public sealed class ClusterTests(ArmFixture fixture) : IClassFixture<ArmFixture>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_create_follows_the_documented_exchange()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 60 }, Cancel);
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("rg", Cancel);

        var (status, body, message) = await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "c1"), ArmFixture.Cluster());
        var poll = Assert.Single(message.Headers.GetValues("Azure-AsyncOperation"));

        Assert.Equal((201, "Creating"), (status, body["properties"]!["provisioningState"]!.GetValue<string>()));
        Assert.Null(body["eTag"]);
        Assert.Equal("15", Assert.Single(message.Headers.GetValues("Retry-After")));
        Assert.StartsWith($"{sandbox.ResourceManagerEndpoint}subscriptions/", poll, StringComparison.Ordinal);
        var running = await ArmFixture.SendAsync(clients, "GET", poll.Replace("2025-03-01", "2026-03-01", StringComparison.Ordinal));
        Assert.Equal((200, "InProgress"), (running.Status, running.Body["status"]!.GetValue<string>()));
        Assert.Equal(403, (await ArmFixture.SendAsync(clients, "GET", poll[..poll.IndexOf("&c=", StringComparison.Ordinal)])).Status);
    }

    [Fact]
    public async Task A_second_operation_is_refused_while_one_runs()
    {
        await using var sandbox = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = 1 }, Cancel);
        using var clients = new SandboxClients(sandbox);
        await clients.GroupAsync("rg", Cancel);
        await ArmFixture.SendAsync(clients, "PUT", ArmFixture.ClusterPath("rg", "c1"), ArmFixture.Cluster());

        foreach (
            var (method, suffix, content) in new[]
            {
                ("PUT", "", ArmFixture.Cluster()),
                ("DELETE", "", null),
                ("PATCH", "", """{"tags":{}}"""),
                ("POST", "/listClusterUserCredential", null),
            }
        )
        {
            var (status, body, _) = await ArmFixture.SendAsync(clients, method, ArmFixture.ClusterPath("rg", "c1", suffix), content);
            Assert.Equal((409, "OperationNotAllowed"), (status, body["code"]?.GetValue<string>()));
        }

        Assert.Single(sandbox.Operations, operation => operation.Kind == "managedClusters/create");
    }

    [Fact]
    public async Task Etags_guard_updates_by_the_reference_table()
    {
        await fixture.Clients.GroupAsync("etags", Cancel);
        var path = ArmFixture.ClusterPath("etags", "c1");
        Assert.Equal(412, await PutAsync(path, ("If-Match", "*")));
        Assert.Equal(412, await PutAsync(path, ("If-Match", "x")));
        Assert.Equal(400, await PutAsync(path, ("If-None-Match", "x")));
        Assert.Equal(400, await PutAsync(path, ("If-Match", "*"), ("If-None-Match", "*")));
        Assert.Equal(404, (await fixture.SendAsync("PATCH", path, """{"tags":{}}""", ("If-Match", "*"))).Status);
        Assert.Equal(204, (await fixture.SendAsync("DELETE", path, null, ("If-Match", "x"))).Status);
        Assert.Equal(201, await PutAsync(path, ("If-None-Match", "*")));
        await ArmFixture.QuietAsync(fixture.Sandbox);

        var created = await EtagAsync(path);
        Assert.Equal(412, await PutAsync(path, ("If-None-Match", "*")));
        Assert.Equal(412, await PutAsync(path, ("If-Match", "x")));
        Assert.Equal(412, (await fixture.SendAsync("DELETE", path, null, ("If-Match", "x"))).Status);
        Assert.Equal(200, await PutAsync(path, ("If-Match", created)));
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.NotEqual(created, await EtagAsync(path));
        Assert.Equal(200, await PutAsync(path, ("If-Match", "*")));
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(202, (await fixture.SendAsync("DELETE", path, null, ("If-Match", await EtagAsync(path)))).Status);
    }

    [Fact]
    public async Task A_put_replaces_the_whole_cluster_and_a_patch_only_its_tags()
    {
        await fixture.Clients.GroupAsync("puts", Cancel);
        var path = ArmFixture.ClusterPath("puts", "c1");
        await CreateAsync(
            path,
            ArmFixture.Cluster(body =>
            {
                body["tags"] = new JsonObject { ["a"] = "1" };
                body["properties"]!["serviceMeshProfile"] = Mesh("asm-1-30", "External");
            })
        );

        var patched = await fixture.SendAsync("PATCH", path, """{"tags":{"b":"2"}}""");
        Assert.Equal("""{"b":"2"}""", patched.Body["tags"]!.ToJsonString());
        var history = patched.Body["systemData"]!;
        Assert.Equal(
            (fixture.Sandbox.ClientId, "Application", fixture.Sandbox.ClientId),
            (
                history["createdBy"]!.GetValue<string>(),
                history["lastModifiedByType"]!.GetValue<string>(),
                history["lastModifiedBy"]!.GetValue<string>()
            )
        );
        Assert.True(history["lastModifiedAt"]!.GetValue<DateTime>() > history["createdAt"]!.GetValue<DateTime>());
        Assert.Equal("Istio", patched.Body["properties"]!["serviceMeshProfile"]!["mode"]!.GetValue<string>());
        await CreateAsync(path, ArmFixture.Cluster(), 200);
        var (_, cluster, _) = await fixture.SendAsync("GET", path);

        Assert.Null(cluster["tags"]);
        Assert.Equal("""{"mode":"Disabled"}""", cluster["properties"]!["serviceMeshProfile"]!.ToJsonString());
        Assert.Equal("1.34.4", cluster["properties"]!["currentKubernetesVersion"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_cluster_can_be_put_again_as_it_was_read()
    {
        await fixture.Clients.GroupAsync("again", Cancel);
        var path = ArmFixture.ClusterPath("again", "c1");
        await CreateAsync(path, ArmFixture.Cluster(body => body["properties"]!["serviceMeshProfile"] = Mesh("asm-1-29", "External")));
        var (_, before, _) = await fixture.SendAsync(
            "GET",
            path.ToUpperInvariant().Replace("API-VERSION", "api-version", StringComparison.Ordinal)
        );

        await CreateAsync(path, before.ToJsonString(), 200);
        var (_, after, _) = await fixture.SendAsync("GET", path);

        foreach (var changing in new[] { before, after })
        {
            changing.Remove("eTag");
            changing["systemData"]!.AsObject().Remove("lastModifiedAt");
            changing["properties"]!["agentPoolProfiles"]![0]!.AsObject().Remove("eTag");
        }

        Assert.True(JsonNode.DeepEquals(before, after), $"{before.ToJsonString()}\n{after.ToJsonString()}");
    }

    [Fact]
    public async Task A_cluster_is_listed_with_its_pools_and_deleted_with_its_node_group()
    {
        await fixture.Clients.GroupAsync("lists", Cancel);
        var path = ArmFixture.ClusterPath("lists", "c1");
        await CreateAsync(path, ArmFixture.Cluster());
        var nodes = $"/subscriptions/{SandboxClients.Subscription}/resourceGroups/MC_lists_c1_eastus2?api-version=2022-09-01";

        Assert.Single(
            (await fixture.SendAsync("GET", ArmFixture.ClusterPath("lists", "").Replace("/?", "?", StringComparison.Ordinal))).Body[
                "value"
            ]!.AsArray()
        );
        Assert.Equal(
            2,
            (await fixture.SendAsync("GET", ArmFixture.ClusterPath("lists", "c1", "/agentPools/nodepool1"))).Body["properties"]![
                "count"
            ]!.GetValue<int>()
        );
        Assert.Equal(200, (await fixture.SendAsync("GET", nodes)).Status);

        var deleted = await fixture.SendAsync("DELETE", path);
        Assert.Equal(202, deleted.Status);
        await ArmFixture.QuietAsync(fixture.Sandbox);
        Assert.Equal(204, (await fixture.SendAsync("GET", deleted.Message.Headers.Location!.PathAndQuery)).Status);
        Assert.Equal("ResourceNotFound", ArmFixture.Code((await fixture.SendAsync("GET", path)).Body));
        Assert.Equal(404, (await fixture.SendAsync("GET", nodes)).Status);
    }

    [Fact]
    public async Task Static_credentials_are_refused_when_local_accounts_are_disabled()
    {
        await fixture.Clients.GroupAsync("creds", Cancel);
        await CreateAsync(ArmFixture.ClusterPath("creds", "open"), ArmFixture.Cluster());
        await CreateAsync(
            ArmFixture.ClusterPath("creds", "entra"),
            ArmFixture.Cluster(body =>
            {
                body["properties"]!["aadProfile"] = new JsonObject { ["managed"] = true };
                body["properties"]!["disableLocalAccounts"] = true;
            })
        );

        var admin = await fixture.SendAsync("POST", ArmFixture.ClusterPath("creds", "open", "/listClusterAdminCredential"));
        var user = await fixture.SendAsync("POST", ArmFixture.ClusterPath("creds", "entra", "/listClusterUserCredential") + "&format=exec");
        var refused = await fixture.SendAsync("POST", ArmFixture.ClusterPath("creds", "entra", "/listClusterAdminCredential"));

        var azure = await fixture.SendAsync(
            "POST",
            ArmFixture.ClusterPath("creds", "entra", "/listClusterUserCredential") + "&format=azure"
        );
        var profile = await fixture.SendAsync(
            "POST",
            ArmFixture.ClusterPath("creds", "open", "/accessProfiles/clusterAdmin/listCredential")
        );
        var refusedProfile = await fixture.SendAsync(
            "POST",
            ArmFixture.ClusterPath("creds", "entra", "/accessProfiles/clusterUser/listCredential")
        );

        Assert.Contains("command: kubelogin", Kubeconfig(user.Body["kubeconfigs"]![0]!["value"]), StringComparison.Ordinal);
        Assert.Contains("auth-provider:", Kubeconfig(azure.Body["kubeconfigs"]![0]!["value"]), StringComparison.Ordinal);
        Assert.Contains("client-key-data:", Kubeconfig(profile.Body["properties"]!["kubeConfig"]), StringComparison.Ordinal);
        Assert.Equal((400, "BadRequest"), (refusedProfile.Status, ArmFixture.Code(refusedProfile.Body)));
        Assert.Equal("clusterAdmin", admin.Body["kubeconfigs"]![0]!["name"]!.GetValue<string>());
        Assert.Equal("clusterUser", user.Body["kubeconfigs"]![0]!["name"]!.GetValue<string>());
        Assert.Equal((400, "BadRequest"), (refused.Status, ArmFixture.Code(refused.Body)));
    }

    private static string Kubeconfig(JsonNode? base64)
    {
        var text = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(base64!.GetValue<string>())); // the reads below assert it
        Assert.NotNull(k8s.KubernetesYaml.Deserialize<k8s.KubeConfigModels.K8SConfiguration>(text).CurrentContext);
        return text;
    }

    private static JsonObject Mesh(string revision, params string[] gateways) =>
        new()
        {
            ["mode"] = "Istio",
            ["istio"] = new JsonObject
            {
                ["revisions"] = new JsonArray(revision),
                ["components"] = new JsonObject
                {
                    ["ingressGateways"] = new JsonArray([
                        .. gateways.Select(mode => new JsonObject { ["enabled"] = true, ["mode"] = mode }),
                    ]),
                },
            },
        };

    private async Task CreateAsync(string path, string body, int expected = 201)
    {
        var answer = await fixture.SendAsync("PUT", path, body);
        Assert.True(answer.Status == expected, answer.Body.ToJsonString());
        await ArmFixture.QuietAsync(fixture.Sandbox);
    }

    private async Task<int> PutAsync(string path, params (string Name, string Value)[] headers) =>
        (await fixture.SendAsync("PUT", path, ArmFixture.Cluster(), headers)).Status;

    private async Task<string> EtagAsync(string path) => (await fixture.SendAsync("GET", path)).Body["eTag"]!.GetValue<string>();
}
