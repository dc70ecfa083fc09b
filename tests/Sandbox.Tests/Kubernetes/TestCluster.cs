using System.Text;
using System.Text.Json.Nodes;
using k8s;
using MeshPort.Sandbox.Clusters;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>A world with one cluster that has the mesh and its external gateway, and the official client for it.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public const string Id = "/subscriptions/0/resourceGroups/tcp/providers/Microsoft.ContainerService/managedClusters/mesh";
    public const string Ingress = "aks-istio-ingress";
    public const string External = "aks-istio-ingressgateway-external";

    private TestCluster(SandboxWorld world, ClusterFleet fleet)
    {
        World = world;
        Fleet = fleet;
        Client = NewClient(KubeconfigKind.BackDoor);
    }

    public SandboxWorld World { get; }

    public ClusterFleet Fleet { get; }

    public k8s.Kubernetes Client { get; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static ClusterShape Shape { get; } =
        new(
            Id,
            "mesh",
            "eastus2",
            "1.34.2",
            "nodepool1",
            2,
            "Standard_B2ms",
            SubnetId: null,
            LocalAccounts: true,
            EntraIntegrated: true,
            new MeshShape(["asm-1-30"], ExternalGateway: true, InternalGateway: false)
        );

    public static async Task<TestCluster> StartAsync(
        ClusterShape? shape = null,
        double scale = 600,
        string? stateFile = null,
        TimeSpan? reconciler = null,
        bool oneLoopbackAddress = false,
        bool machineTimes = false,
        IReadOnlyList<GatewaySecret>? gatewaySecrets = null
    )
    {
        var world = new SandboxWorld(scale, stateFile, oneLoopbackAddress: oneLoopbackAddress, hasMachineTimes: machineTimes)
        {
            GatewaySecrets = gatewaySecrets ?? [],
        };
        var fleet = new ClusterFleet(world, new SubnetFirewall(world), reconciler);
        await fleet.StartAsync(Token);
        await fleet.EnsureAsync(shape ?? Shape, Token);
        return new TestCluster(world, fleet);
    }

    public k8s.Kubernetes NewClient(KubeconfigKind kind)
    {
        using var yaml = new MemoryStream(Encoding.UTF8.GetBytes(Fleet.Kubeconfig(Id, kind)));
        return new k8s.Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(yaml));
    }

    public async Task<string> GatewayAddressAsync() =>
        await Wait.ForAsync(
            async () =>
                (await Client.CoreV1.ReadNamespacedServiceAsync(External, Ingress, cancellationToken: Token))
                    .Status.LoadBalancer?.Ingress?.FirstOrDefault()
                    ?.Ip,
            Token
        );

    /// <summary>
    /// Waits until the load balancer controller has seen the Service. Its next write, a simulated minute later, is the address.
    /// </summary>
    public Task LoadBalancerIsBegunAsync(string path) =>
        Wait.UntilAsync(
            async () => (await ExpectAsync(200, HttpMethod.Get, path))["metadata"]?["finalizers"] is JsonArray { Count: > 0 },
            Token
        );

    /// <summary>Sends a request and returns the status code and the body.</summary>
    public async Task<(int Code, string Body)> SendAsync(
        HttpMethod method,
        string path,
        string? body = null,
        string contentType = "application/json"
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(Fleet.ApiServer(Id), path));
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = new(contentType);
        }

        using var response = await Client.HttpClient.SendAsync(request, Token);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Sends a request, expects a status code and returns the object in the body.</summary>
    public async Task<JsonObject> ExpectAsync(
        int code,
        HttpMethod method,
        string path,
        string? body = null,
        string contentType = "application/json"
    )
    {
        var answer = await SendAsync(method, path, body, contentType);
        Assert.True(answer.Code == code, $"{answer.Code}: {answer.Body}");
        return JsonNode.Parse(answer.Body)!.AsObject(); // every expected answer is an object
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Fleet.DisposeAsync();
        World.Dispose();
    }
}
