using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Port 443 of the add-on's Service, which others use for their own server names.</summary>
public sealed class SharedPortStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("managedService", true)]
    [InlineData("companionService", false)]
    public async Task An_exposure_shares_port_443_by_its_names_and_leaves_the_port_of_the_add_on_as_it_is(
        string strategy,
        bool isSameAddress
    )
    {
        var cluster = StoryHost.ClusterSpec();
        cluster["strategy"] = strategy;
        await using var host = await StoryHost.StartReadyAsync(Token, cluster);
        await using var server = OutsideServer.Tls("db");
        using var kubernetes = host.Kubernetes();
        await kubernetes.CreateForeignAsync("gateways", "team-b", "website", Website("*"), Token);
        var before = await PortAsync(kubernetes);

        await OpenAsync(host, "db", Tls(server, "db.example.com"));

        Assert.Equal(("True", "Connected"), await host.ConditionAsync(StoryHost.Exposure("db"), "Reachable", Token));
        var address = await host.AddressAsync("db", Token);
        Assert.Equal("db: db hello", await TlsClient.AskAsync(address, 443, "db.example.com", Token));
        Assert.Equal(TlsClient.Refused, await TlsClient.AskAsync(address, 443, "www.example.com", Token));
        Assert.Equal(isSameAddress, address == await AddOnAddressAsync(kubernetes));
        Assert.Equal(before, await PortAsync(kubernetes));
        var writes = host.Sandbox.Traffic.KubernetesWrites;
        await host.SucceedAsync(await host.ReconcileAsync(Token), Token);
        Assert.Equal(writes, host.Sandbox.Traffic.KubernetesWrites);

        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("db"), Token), Token);
        Assert.Equal(before, await PortAsync(kubernetes));
        Assert.Equal(TlsClient.Refused, await TlsClient.AskAsync(await AddOnAddressAsync(kubernetes), 443, "db.example.com", Token));
    }

    [Fact, FailureRow(Reasons.SourcesNotRestrictable)]
    public async Task Sources_of_one_name_leave_the_others_open_also_in_the_security_group()
    {
        var cluster = StoryHost.ClusterSpec();
        Assert.IsType<JsonObject>(cluster["network"])["networkSecurityGroup"] = "guard";
        await using var host = await StoryHost.StartReadyAsync(Token, cluster);
        await using var server = OutsideServer.Tls("db");
        await using var others = OutsideServer.Tls("shop");
        await OpenAsync(host, "shop", Tls(others, "shop.example.com"));
        var narrow = Tls(server, "db.example.com").AllowedFrom("127.30.0.0/16");

        await host.FailAsync(await host.PutExposureAsync("db", narrow, Token), Token);
        Assert.Equal(
            ("False", Reasons.SourcesNotRestrictable),
            await host.ConditionAsync(StoryHost.Exposure("db"), ConditionTypes.RouteProgrammed, Token)
        );

        narrow["clientAddress"] = "preserve";
        await host.SucceedAsync(await host.PutExposureAsync("db", narrow, Token), Token);
        var address = await host.AddressAsync("db", Token);
        Assert.Equal(TlsClient.Refused, await TlsClient.AskAsync(address, 443, "db.example.com", Token));
        Assert.Equal("shop: shop hello", await TlsClient.AskAsync(address, 443, "shop.example.com", Token));

        var wide = Tls(server, "db.example.com").AllowedFrom("127.0.0.0/8");
        wide["clientAddress"] = "preserve";
        await host.SucceedAsync(await host.PutExposureAsync("db", wide, Token), Token);
        Assert.Equal("db: db hello", await TlsClient.AskAsync(address, 443, "db.example.com", Token));
    }

    [Fact, FailureRow(Reasons.GatewayConflict)]
    public async Task A_name_that_others_have_on_port_443_is_not_taken_from_them()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await using var server = OutsideServer.Tls("db");
        using var kubernetes = host.Kubernetes();
        await kubernetes.CreateForeignAsync("gateways", "team-b", "website", Website("db.example.com"), Token);

        await host.FailAsync(await host.PutExposureAsync("db", Tls(server, "db.example.com"), Token), Token);
        Assert.Equal(
            ("False", Reasons.GatewayConflict),
            await host.ConditionAsync(StoryHost.Exposure("db"), ConditionTypes.RouteProgrammed, Token)
        );
        Assert.Contains(
            "Remove the common hosts from that server, or choose other names.",
            await host.MessageAsync(StoryHost.Exposure("db"), ConditionTypes.RouteProgrammed, Token),
            StringComparison.Ordinal
        );
    }

    /// <summary>Puts an exposure that becomes Ready if the sandbox may listen on the port.</summary>
    private static async Task OpenAsync(MeshPortHost host, string name, JsonObject spec)
    {
        var asked = await host.PutExposureAsync(name, spec, Token);
        await Wait.UntilAsync(
            "port 443 is open",
            Walkthrough.Within,
            async () => (await host.ConditionAsync(StoryHost.Exposure(name), "PortOpen", Token)).Status == "True",
            Token
        );
        Assert.SkipWhen(host.Sandbox.Problems.Any(problem => problem.Endpoint.Port == 443), "This user may not listen on port 443.");
        await host.SucceedAsync(asked, Token);
    }

    private static JsonObject Tls(OutsideServer server, string name) =>
        new()
        {
            ["port"] = 443,
            ["protocol"] = "TLS",
            ["sniHosts"] = new JsonArray(name),
            ["backends"] = new JsonArray(new JsonObject { ["service"] = server.Host, ["port"] = server.Port }),
        };

    private static string Website(string host) =>
        $$$"""
            {"selector":{"istio":"aks-istio-ingressgateway-external"},"servers":[{"port":{"number":443,"name":"https","protocol":"HTTPS"},
             "tls":{"mode":"SIMPLE","credentialName":"web"},"hosts":["{{{host}}}"]}]}
            """;

    private static async Task<(string Name, string? Target, int? NodePort, bool IsOurs)> PortAsync(IKubernetes kubernetes)
    {
        var service = await ServiceAsync(kubernetes);
        var port = service.Spec.Ports.Single(port => port.Port == 443);
        var isOurs = service.Metadata.ManagedFields.Any(entry =>
            entry.Manager == KubernetesApi.FieldManager && $"{entry.FieldsV1}".Contains("443", StringComparison.Ordinal)
        );
        return (port.Name, port.TargetPort.Value, port.NodePort, isOurs);
    }

    private static async Task<string> AddOnAddressAsync(IKubernetes kubernetes) =>
        (await ServiceAsync(kubernetes)).Status.LoadBalancer.Ingress[0].Ip;

    private static Task<V1Service> ServiceAsync(IKubernetes kubernetes) =>
        kubernetes.CoreV1.ReadNamespacedServiceAsync(StoryHost.External, StoryHost.Ingress, cancellationToken: Token);
}
