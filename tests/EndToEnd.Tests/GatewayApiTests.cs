using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Progress;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests;

/// <summary>
/// Ports by the Kubernetes Gateway API. Azure installs its definitions for MeshPort. TCP listeners need asm-1-31 and Kubernetes 1.37.
/// </summary>
public sealed class GatewayApiTests : IDisposable
{
    private const int TimeScale = 300;
    private const int Slowly = 60; // without resyncs, one convergence must suffice, even on a busy machine
    private readonly TestDirectory _directory = new();
    private readonly SocketsHttpHandler _handler = new() { UseProxy = false };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_port_is_opened_by_a_gateway_of_its_own_and_leaves_nothing_behind_when_it_is_removed()
    {
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = TimeScale }, Token);
        await using var meshPort = Start(azure);
        var address = await meshPort.ReadyAsync(Token);

        await AskAsync(address, "gatewayApi");

        await Walkthrough.MustSucceedAsync(meshPort, address, Token);
        using var kubernetes = Client(azure);
        Assert.Single(await ListAsync(kubernetes, "gateway.networking.k8s.io", "tcproutes"));
        Assert.Single(await ListAsync(kubernetes, "gateway.networking.k8s.io", "gateways"));
        Assert.Empty(await ListAsync(kubernetes, "networking.istio.io", "virtualservices"));

        using var client = new HttpClient(_handler) { BaseAddress = address };
        using var removal = await client.DeleteAsync($"{Walkthrough.Environment.Path}/exposures/{Exposure.Name}", Token);
        removal.EnsureSuccessStatusCode();
        await Wait.UntilAsync(
            "route and gateway are gone",
            Walkthrough.Within,
            async () =>
                (await ListAsync(kubernetes, "gateway.networking.k8s.io", "tcproutes")).Count
                    + (await ListAsync(kubernetes, "gateway.networking.k8s.io", "gateways")).Count
                == 0,
            Token
        );
    }

    [Fact]
    public async Task A_cluster_that_changes_to_the_gateway_api_answers_at_the_new_address_and_the_old_routes_go()
    {
        await using var azure = await AzureSandbox.StartAsync(new SandboxOptions { IsPaced = false, TimeScale = Slowly }, Token);
        await using var meshPort = Start(azure, Slowly, resync: "PT24H"); // the convergence of the change must delete the old objects
        var address = await meshPort.ReadyAsync(Token);
        await AskAsync(address, "managedService");
        await Walkthrough.MustSucceedAsync(meshPort, address, Token);
        var first = await AddressAsync(address);
        using var kubernetes = Client(azure);
        Assert.Single(await ListAsync(kubernetes, "networking.istio.io", "virtualservices"));
        using var api = new MeshPortApi(address);

        await ChangeAsync(meshPort, address, api, "gatewayApi");
        Assert.NotEqual(first, await AddressAsync(address));
        await Wait.UntilAsync(
            "the old routes are gone",
            Walkthrough.Within,
            async () =>
                (await ListAsync(kubernetes, "networking.istio.io", "virtualservices")).Count
                    + (await ListAsync(kubernetes, "networking.istio.io", "gateways")).Count
                == 0,
            Token
        );
        Assert.Single(await ListAsync(kubernetes, "gateway.networking.k8s.io", "tcproutes"));
    }

    [Fact, FailureRow("namespace-in-use")]
    public async Task Gateways_in_a_namespace_of_the_spec_serve_there_stay_there_and_leave_nothing_when_the_strategy_changes()
    {
        var options = new SandboxOptions
        {
            IsPaced = false,
            TimeScale = Slowly,
            Namespaces = ["edge", "front"],
        };
        await using var azure = await AzureSandbox.StartAsync(options, Token);
        await using var meshPort = Start(azure, Slowly, resync: "PT24H"); // the convergence of the change must delete the old objects
        var address = await meshPort.ReadyAsync(Token);
        var exposure = Assert.IsType<JsonObject>(JsonNode.Parse(Exposure.Spec.GetRawText()));
        exposure["clientAddress"] = "preserve"; // its Gateway has a ConfigMap
        await AskAsync(address, "gatewayApi", "edge", JsonElement.Parse(exposure.ToJsonString()));
        await Walkthrough.MustSucceedAsync(meshPort, address, Token);
        var first = await AddressAsync(address);
        using var kubernetes = Client(azure);
        Assert.Equal(["edge"], await HomesAsync(kubernetes));
        Assert.Single(await ParametersAsync(kubernetes));
        using var api = new MeshPortApi(address);

        foreach (var home in new[] { "front", null })
        {
            await RefusedAsync(() => api.PutAsync(Walkthrough.Environment.Path, Spec("gatewayApi", home), Token));
            await RefusedAsync(() => api.PlanPutAsync(Walkthrough.Environment.Path, Spec("gatewayApi", home), Token));
        }

        var plan = await api.PlanPutAsync(Walkthrough.Environment.Path, Spec("companionService"), Token);
        Assert.Equal(
            ["ConfigMap edge", "Gateway edge"],
            plan.Changes.Where(change => string.Equals(change.Action, "delete", StringComparison.OrdinalIgnoreCase))
                .Select(change => change.Target.Split('/')[0])
                .Where(target => target.EndsWith(" edge", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );

        await ChangeAsync(meshPort, address, api, "companionService");
        Assert.NotEqual(first, await AddressAsync(address));
        await Wait.UntilAsync(
            async () =>
                (await HomesAsync(kubernetes)).Count == 0
                && (await ParametersAsync(kubernetes)).Count == 0
                && (await ListAsync(kubernetes, "gateway.networking.k8s.io", "tcproutes")).Count == 0,
            Token
        );
    }

    public void Dispose()
    {
        _handler.Dispose();
        _directory.Dispose();
    }

    private static DesiredExposure Exposure => Assert.Single(Walkthrough.Environment.Exposures);

    /// <summary>Changes the strategy, and waits until the exposure answers with it.</summary>
    private static async Task ChangeAsync(MeshPortProcess meshPort, Uri address, MeshPortApi api, string strategy)
    {
        var (operation, _) = await api.PutAsync(Walkthrough.Environment.Path, Spec(strategy), Token);

        Assert.NotNull(operation);
        await Wait.UntilAsync(async () => (await api.GetOperationAsync(operation, Token)).IsOver, Token);
        await Walkthrough.MustSucceedAsync(meshPort, address, Token);
    }

    private MeshPortProcess Start(AzureSandbox azure, int timeScale = TimeScale, string? resync = null)
    {
        var settings = new Dictionary<string, string>(Walkthrough.Settings(azure));
        if (resync is not null)
        {
            settings["MeshPort__Resync__ManagedService"] = settings["MeshPort__Resync__Other"] = resync;
        }

        return MeshPortProcess.Serve(settings, _directory.Path, timeScale);
    }

    private static async Task AskAsync(Uri address, string strategy, string? home = null, JsonElement? exposure = null)
    {
        using var api = new MeshPortApi(address);
        await api.PutAsync(Walkthrough.Environment.Path, Spec(strategy, home), Token);
        await api.PutAsync($"{Walkthrough.Environment.Path}/exposures/{Exposure.Name}", exposure ?? Exposure.Spec, Token);
    }

    private static JsonElement Spec(string strategy, string? home = null)
    {
        var spec = Assert.IsType<JsonObject>(JsonNode.Parse(Walkthrough.Environment.ClusterSpec.GetRawText()));
        spec["strategy"] = strategy;
        spec["kubernetesVersion"] = "1.37";
        var mesh = spec["mesh"] as JsonObject ?? [];
        mesh["revision"] = "asm-1-31";
        spec["mesh"] = mesh.DeepClone();
        spec["gatewayNamespace"] = home;
        return JsonElement.Parse(spec.ToJsonString());
    }

    private static k8s.Kubernetes Client(AzureSandbox azure) =>
        new(
            KubernetesClientConfiguration.BuildConfigFromConfigObject(
                KubernetesYaml.Deserialize<k8s.KubeConfigModels.K8SConfiguration>(azure.AdminKubeconfig(Assert.Single(azure.ClusterIds)))
            )
        );

    private static async Task<List<JsonElement>> ListAsync(k8s.Kubernetes kubernetes, string group, string plural) =>
        [
            .. JsonSerializer
                .SerializeToElement(
                    await kubernetes.CustomObjects.ListClusterCustomObjectAsync(group, "v1", plural, cancellationToken: Token)
                )
                .GetProperty("items")
                .EnumerateArray(),
        ];

    /// <summary>The namespaces of all Gateways.</summary>
    private static async Task<List<string?>> HomesAsync(k8s.Kubernetes kubernetes) =>
        [
            .. (await ListAsync(kubernetes, "gateway.networking.k8s.io", "gateways")).Select(gateway =>
                gateway.GetProperty("metadata").GetProperty("namespace").GetString()
            ),
        ];

    /// <summary>MeshPort's ConfigMaps in the namespace of its Gateways.</summary>
    private static async Task<List<string>> ParametersAsync(k8s.Kubernetes kubernetes) =>
        [
            .. (
                await kubernetes.CoreV1.ListNamespacedConfigMapAsync(
                    "edge",
                    labelSelector: "app.kubernetes.io/managed-by=meshport",
                    cancellationToken: Token
                )
            ).Items.Select(map => map.Metadata.Name),
        ];

    /// <summary>The change of the namespace is refused, and the refusal names the field.</summary>
    private static async Task RefusedAsync(Func<Task> change)
    {
        var refused = await Assert.ThrowsAsync<ApiException>(change);
        Assert.Equal(409, refused.Status);
        Assert.Equal("/spec/gatewayNamespace", Assert.Single(refused.Errors).Pointer);
        Assert.Contains("namespace edge", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<string?> AddressAsync(Uri address)
    {
        var (desired, exposure) = Assert.Single((await Walkthrough.LookAsync(address, Token)).Exposures);
        return Destination.AddressOf(desired, exposure);
    }
}
