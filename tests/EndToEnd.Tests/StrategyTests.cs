using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Host.Api;
using MeshPort.Host.Progress;
using MeshPort.Sandbox;

namespace MeshPort.EndToEnd.Tests;

/// <summary>The strategies, and the change from one to another.</summary>
public sealed class StrategyTests : IDisposable
{
    private const int TimeScale = 300;
    private readonly TestDirectory _directory = new();

    [Fact]
    public async Task A_cluster_changes_to_a_companion_service_and_back_and_the_address_follows()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var azure = await AzureSandbox.StartAsync(
            new SandboxOptions { IsPaced = false, TimeScale = TimeScale },
            cancellationToken
        );
        await using var meshPort = MeshPortProcess.Serve(Walkthrough.Settings(azure), _directory.Path, TimeScale);
        var address = await meshPort.ReadyAsync(cancellationToken);
        await Walkthrough.AskAsync(address, cancellationToken);
        await Walkthrough.MustSucceedAsync(meshPort, address, cancellationToken);
        var first = await AddressAsync(address, cancellationToken);
        using var api = new MeshPortApi(address);

        await api.PutAsync(Walkthrough.Environment.Path, With("strategy", "companionService"), cancellationToken);
        await Wait.UntilAsync(
            "the exposure has another address",
            Walkthrough.Within,
            async () => await AddressAsync(address, cancellationToken) != first,
            cancellationToken
        );
        await Walkthrough.MustSucceedAsync(meshPort, address, cancellationToken);

        await api.PutAsync(Walkthrough.Environment.Path, With("strategy", "managedService"), cancellationToken);
        await Wait.UntilAsync(
            "the exposure has its first address again",
            Walkthrough.Within,
            async () => await AddressAsync(address, cancellationToken) == first,
            cancellationToken
        );
        await Walkthrough.MustSucceedAsync(meshPort, address, cancellationToken);
    }

    [Fact]
    public async Task A_security_group_of_the_subnet_lets_the_port_through_as_long_as_it_is_exposed()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var azure = await AzureSandbox.StartAsync(
            new SandboxOptions { IsPaced = false, TimeScale = TimeScale },
            cancellationToken
        );
        await using var meshPort = MeshPortProcess.Serve(Walkthrough.Settings(azure), _directory.Path, TimeScale);
        using var api = new MeshPortApi(await meshPort.ReadyAsync(cancellationToken));

        await api.PutAsync(Walkthrough.Environment.Path, Guarded(), cancellationToken);
        await api.PutAsync($"{Walkthrough.Environment.Path}/exposures/echo", Echo, cancellationToken);

        await Wait.UntilAsync(
            "the port is proven through the security group",
            Walkthrough.Within,
            async () => await ReasonAsync(api, "echo", "Reachable", cancellationToken) == "Answered",
            cancellationToken
        );
        Assert.Equal("AsDesired", await ReasonAsync(api, "echo", "NetworkOpen", cancellationToken));
    }

    public void Dispose() => _directory.Dispose();

    private static readonly JsonElement Echo = JsonElement.Parse(
        """
        {"port":9000,"backends":[{"service":"tcpecho","port":9000}],"workload":{"image":"istio/tcp-echo-server:1.1","args":["9000",
        "hello"],"containerPort":9000},
         "probe":{"send":"jose\n","expect":"hello jose"}}
        """
    );

    private static JsonElement With(string field, string value)
    {
        var spec = Spec();
        spec[field] = value;
        return JsonElement.Parse(spec.ToJsonString());
    }

    private static JsonElement Guarded()
    {
        var spec = Spec();
        spec["network"] = new JsonObject
        {
            ["vnet"] = "own",
            ["addressPrefix"] = "10.13.0.0/16",
            ["subnet"] = "nodes",
            ["subnetPrefix"] = "10.13.76.0/24",
            ["networkSecurityGroup"] = "guard",
        };
        return JsonElement.Parse(spec.ToJsonString());
    }

    private static JsonObject Spec() => Assert.IsType<JsonObject>(JsonNode.Parse(Walkthrough.Environment.ClusterSpec.GetRawText()));

    private static async Task<string?> AddressAsync(Uri address, CancellationToken cancellationToken)
    {
        var found = await Walkthrough.LookAsync(address, cancellationToken);
        var (desired, exposure) = Assert.Single(found.Exposures);
        return Destination.AddressOf(desired, exposure);
    }

    private static async Task<string?> ReasonAsync(
        MeshPortApi api,
        string exposure,
        string condition,
        CancellationToken cancellationToken
    ) =>
        (await api.GetAsync($"{Walkthrough.Environment.Path}/exposures/{exposure}", cancellationToken))
            .Status?.Conditions?.Single(found => found.Type == condition)
            .Reason;
}
