using System.Text.Json.Nodes;
using Xunit;

namespace MeshPort.Sandbox.Tests.ResourceManager;

/// <summary>One cluster in its own resource group, and the steps of tests with it.</summary>
internal sealed class ClusterSteps(ArmFixture fixture, string group, string name = "c1")
{
    public AzureSandbox Sandbox => fixture.Sandbox;

    public string Id => SandboxClients.ClusterId(group, name).ToString();

    public string Path(string suffix = "") => ArmFixture.ClusterPath(group, name, suffix);

    public async Task CreateAsync(Action<JsonObject>? change = null)
    {
        await GroupAsync();
        await DoneAsync("PUT", "", 201, ArmFixture.Cluster(change));
    }

    public Task GroupAsync() => fixture.Clients.GroupAsync(group, TestContext.Current.CancellationToken);

    public Task<(int Status, JsonObject Body, HttpResponseMessage Message)> SendAsync(
        string method,
        string suffix = "",
        string? body = null,
        params (string Name, string Value)[] headers
    ) => fixture.SendAsync(method, Path(suffix), body, headers);

    /// <summary>Sends a request that is accepted and waits for its operation.</summary>
    public async Task<JsonObject> DoneAsync(string method, string suffix, int expected, string? body = null)
    {
        var answer = await SendAsync(method, suffix, body);
        Assert.True(answer.Status == expected, $"{answer.Status} {answer.Body.ToJsonString()}");
        await ArmFixture.QuietAsync(Sandbox);
        return answer.Body;
    }

    // Every resource has them.
    public async Task<JsonObject> PropertiesAsync(string suffix = "") => (await SendAsync("GET", suffix)).Body["properties"]!.AsObject();

    /// <summary>Sends the whole current cluster with one change, as az and others do.</summary>
    public async Task<(int Status, JsonObject Body, HttpResponseMessage Message)> ChangeAsync(Action<JsonObject> change)
    {
        var (_, cluster, _) = await SendAsync("GET");
        change(cluster["properties"]!.AsObject());
        return await SendAsync("PUT", "", cluster.ToJsonString());
    }

    public async Task ChangedAsync(Action<JsonObject> change)
    {
        var answer = await ChangeAsync(change);
        Assert.True(answer.Status == 200, answer.Body.ToJsonString());
        await ArmFixture.QuietAsync(Sandbox);
    }

    public static JsonObject Mesh(params string[] revisions) =>
        new()
        {
            ["mode"] = "Istio",
            ["istio"] = new JsonObject
            {
                ["revisions"] = new JsonArray([.. revisions.Select(revision => (JsonNode)revision)]),
                ["components"] = new JsonObject
                {
                    ["ingressGateways"] = new JsonArray(new JsonObject { ["enabled"] = true, ["mode"] = "External" }),
                },
            },
        };

    /// <summary>The cluster's own API, with the sandbox's administrator.</summary>
    public k8s.Kubernetes Kubernetes(params DelegatingHandler[] handlers)
    {
        using var yaml = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Sandbox.AdminKubeconfig(Id)));
        return new k8s.Kubernetes(k8s.KubernetesClientConfiguration.BuildConfigFromConfigFile(yaml), handlers);
    }
}
