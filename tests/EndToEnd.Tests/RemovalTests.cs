using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using k8s;
using MeshPort.Host.Hosting;

namespace MeshPort.EndToEnd.Tests;

/// <summary>Exposures come in batches, and go in the order in which nothing is left half open; what others have stays.</summary>
public sealed class RemovalTests : IDisposable
{
    private const int TimeScale = 300;
    private readonly TestDirectory _directory = new();
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_comes_at_once_and_an_exposure_that_is_removed_leaves_nothing_behind()
    {
        await using var meshPort = await SandboxedMeshPort.StartAsync(_directory.Path, null, 0, TimeScale, ErrorLog.Verbose, Token);
        using var client = new HttpClient(_handler) { BaseAddress = meshPort.Functions.Address };
        var cluster = Walkthrough.Environment.Path;
        await PutAsync(client, cluster, Walkthrough.Environment.ClusterSpec);

        using var batch = await client.PostAsJsonAsync($"{cluster}/exposures", new { exposures = new[] { Echo("one", 9001), Echo("two", 9002), Echo("three", 9003) } }, Token);
        Assert.Equal(HttpStatusCode.Accepted, batch.StatusCode);
        Assert.Equal("Succeeded", await EndAsync(client, batch));

        using var removal = await client.DeleteAsync($"{cluster}/exposures/two", Token);
        Assert.Equal(HttpStatusCode.Accepted, removal.StatusCode);
        Assert.Equal("Succeeded", await EndAsync(client, removal));

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync($"{cluster}/exposures/two", Token)).StatusCode);
        using var kubernetes = Connect(meshPort);
        foreach (var (group, plural) in new[] { ("networking.istio.io", "gateways"), ("networking.istio.io", "virtualservices"), ("apps", "deployments") })
        {
            var left = JsonSerializer.SerializeToElement(await kubernetes.CustomObjects.ListNamespacedCustomObjectAsync(group, "v1", "default", plural, labelSelector: "app.kubernetes.io/managed-by=meshport", cancellationToken: Token));
            Assert.Equal(["one", "three"], left.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("metadata").GetProperty("labels").GetProperty("meshport.io/exposure").GetString()).Order());
        }

        var address = (await client.GetFromJsonAsync<JsonElement>(cluster, Token)).GetProperty("status").GetProperty("addresses")[0].GetProperty("ip").GetString() ?? "";
        Assert.True(await AcceptsAsync(address, 9001));
        Assert.False(await AcceptsAsync(address, 9002));
        using var next = await client.PutAsJsonAsync($"{cluster}/exposures/new", new { Echo("new", 9002).Spec }, Token);
        Assert.Equal("Succeeded", await EndAsync(client, next));
    }

    [Fact]
    public async Task A_cluster_that_is_let_go_stays_as_it_is_in_azure_and_is_known_no_more()
    {
        await using var meshPort = await SandboxedMeshPort.StartAsync(_directory.Path, null, 0, TimeScale, ErrorLog.Verbose, Token);
        using var client = new HttpClient(_handler) { BaseAddress = meshPort.Functions.Address };
        var cluster = Walkthrough.Environment.Path;
        await PutAsync(client, cluster, Walkthrough.Environment.ClusterSpec);
        using var put = await client.PutAsJsonAsync($"{cluster}/exposures/echo", new { Echo("echo", 9000).Spec }, Token);
        Assert.Equal("Succeeded", await EndAsync(client, put));
        var address = (await client.GetFromJsonAsync<JsonElement>(cluster, Token)).GetProperty("status").GetProperty("addresses")[0].GetProperty("ip").GetString() ?? "";

        using var removal = await client.DeleteAsync($"{cluster}?keepAzure=true", Token);

        Assert.Equal("Succeeded", await EndAsync(client, removal));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(cluster, Token)).StatusCode);
        Assert.True(await AcceptsAsync(address, 9000));
        Assert.DoesNotContain(meshPort.Sandbox.Operations, operation => operation.Kind.EndsWith("/delete", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cluster_that_is_removed_takes_along_what_was_made_for_it()
    {
        await using var meshPort = await SandboxedMeshPort.StartAsync(_directory.Path, null, 0, TimeScale, ErrorLog.Verbose, Token);
        using var client = new HttpClient(_handler) { BaseAddress = meshPort.Functions.Address };
        var cluster = Walkthrough.Environment.Path;
        await PutAsync(client, cluster, Walkthrough.Environment.ClusterSpec);
        using var put = await client.PutAsJsonAsync($"{cluster}/exposures/echo", new { Echo("echo", 9000).Spec }, Token);
        Assert.Equal("Succeeded", await EndAsync(client, put));

        using var removal = await client.DeleteAsync(cluster, Token);

        Assert.Equal("Succeeded", await EndAsync(client, removal));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(cluster, Token)).StatusCode);
        string[] deleted = ["managedClusters/delete", "virtualNetworks/delete"];
        Assert.All(deleted, kind => Assert.Single(meshPort.Sandbox.Operations, operation => operation.Kind == kind && operation.Status == "Succeeded"));
        await PutAsync(client, cluster, Walkthrough.Environment.ClusterSpec); // it may come again
    }

    [Fact]
    public async Task A_cluster_that_is_half_made_can_be_removed()
    {
        await using var meshPort = await SandboxedMeshPort.StartAsync(_directory.Path, null, 0, TimeScale, ErrorLog.Verbose, Token);
        using var client = new HttpClient(_handler) { BaseAddress = meshPort.Functions.Address };
        var cluster = Walkthrough.Environment.Path;
        await PutAsync(client, cluster, Walkthrough.Environment.ClusterSpec);
        await Patience.UntilAsync("the cluster is being made", Walkthrough.Within, () => meshPort.Sandbox.Operations.Any(operation => operation is { Kind: "managedClusters/create", Status: "InProgress" }), Token);

        using var removal = await client.DeleteAsync(cluster, Token);

        Assert.Equal("Succeeded", await EndAsync(client, removal));
        Assert.Contains(meshPort.Sandbox.Operations, operation => operation.Kind == "managedClusters/delete" && operation.Status == "Succeeded");
    }

    public void Dispose()
    {
        _handler.Dispose();
        _directory.Dispose();
    }

    private static Item Echo(string name, int port) => new(name, new
    {
        port,
        backends = new[] { new { service = name, port } },
        workload = new { image = "istio/tcp-echo-server:1.1", args = new[] { $"{port}", "hello" }, containerPort = port },
        probe = new { send = "jose\n", expect = "hello jose" },
    });

    private static async Task PutAsync(HttpClient client, string path, JsonElement spec)
    {
        using var answer = await client.PutAsJsonAsync(path, new { spec }, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static async Task<string?> EndAsync(HttpClient client, HttpResponseMessage accepted)
    {
        var operation = accepted.Headers.Location;
        Assert.True(accepted.IsSuccessStatusCode, await accepted.Content.ReadAsStringAsync(Token));
        string? status = null;
        await Patience.UntilAsync(
            $"{operation} is over",
            Walkthrough.Within,
            async () => (status = (await client.GetFromJsonAsync<JsonElement>(operation, Token)).GetProperty("status").GetString()) != "Running",
            Token);
        return status;
    }

    private static async Task<bool> AcceptsAsync(string address, int port)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync(address, port, Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static k8s.Kubernetes Connect(SandboxedMeshPort meshPort) =>
        new(KubernetesClientConfiguration.BuildConfigFromConfigObject(KubernetesYaml.Deserialize<k8s.KubeConfigModels.K8SConfiguration>(meshPort.Sandbox.AdminKubeconfig(Walkthrough.Environment.ArmId))));

    private sealed record Item(string Name, object Spec);
}
