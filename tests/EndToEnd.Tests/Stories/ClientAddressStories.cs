using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using k8s;
using MeshPort.EndToEnd.Tests.Failures;
using MeshPort.Sandbox.Faults;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Whether the gateway, and behind it the backend, sees the address of a client.</summary>
public sealed class ClientAddressStories
{
    private const string Friend = "127.30.1.2";
    private const string Stranger = "127.40.1.2";
    private const int HeaderLength = 28; // version 2 over IPv4

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_add_ons_service_preserves_addresses_while_an_exposure_asks_for_it_and_so_can_restrict_sources()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        var spec = Preserving(MeshPortHost.Echo("echo", 9000)).AllowedFrom("127.30.0.0/16");
        await host.SucceedAsync(await host.PutExposureAsync("echo", spec, Token), Token);

        Assert.Equal("Local", await PolicyAsync(kubernetes));
        Assert.EndsWith(
            "with a ready pod of the gateway takes connections.",
            await host.MessageAsync(StoryHost.Exposure("echo"), "PortOpen", Token),
            StringComparison.Ordinal
        );
        var address = await host.AddressAsync("echo", Token);
        await StoryHost.UntilDialledAsync(address, 9000, "hello jose", Token, Friend);
        Assert.Equal(Dialing.Reset, await Dialing.AskAsync(address, 9000, Token, Stranger));

        await host.SucceedAsync(await host.PutExposureAsync("echo", MeshPortHost.Echo("echo", 9000), Token), Token);
        Assert.Equal("Cluster", await PolicyAsync(kubernetes));
        await StoryHost.UntilDialledAsync(address, 9000, "hello jose", Token, Stranger);
    }

    [Fact]
    public async Task A_policy_that_somebody_changes_is_restored()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var kubernetes = host.Kubernetes();
        await host.SucceedAsync(await host.PutExposureAsync("echo", Preserving(MeshPortHost.Echo("echo", 9000)), Token), Token);

        await kubernetes.CoreV1.PatchNamespacedServiceAsync(
            new k8s.Models.V1Patch("""{"spec":{"externalTrafficPolicy":"Cluster"}}""", k8s.Models.V1Patch.PatchType.MergePatch),
            StoryHost.External,
            StoryHost.Ingress,
            cancellationToken: Token
        );
        await host.ReconcileAsync(Token);

        await Wait.UntilAsync(async () => await PolicyAsync(kubernetes) == "Local", Token);
    }

    [Fact]
    public async Task A_backend_reads_the_address_of_its_client_in_the_first_line()
    {
        var cluster = StoryHost.ClusterSpec();
        cluster["strategy"] = "companionService";
        await using var host = await StoryHost.StartReadyAsync(Token, cluster);
        var spec = Preserving(MeshPortHost.Echo("echo", 9000), "v1");
        spec["probe"] = new JsonObject { ["expect"] = "hello PROXY TCP4 127.0.0.1" };
        await host.SucceedAsync(await host.PutExposureAsync("echo", spec, Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("plain", MeshPortHost.Echo("plain", 9001), Token), Token);

        var (proxied, plain) = (await host.AddressAsync("echo", Token), await host.AddressAsync("plain", Token));
        Assert.StartsWith($"hello PROXY TCP4 {Friend} ", await Dialing.AskAsync(proxied, 9000, Token, Friend), StringComparison.Ordinal);
        Assert.Equal("hello jose", await Dialing.AskAsync(plain, 9001, Token, Friend));
        Assert.NotEqual(proxied, plain); // the policy applies to a Service
    }

    [Fact]
    public async Task A_gateway_of_the_gateway_api_preserves_addresses_by_its_parameters()
    {
        const string Name = "meshport-external-preserve";
        await using var host = await StoryHost.StartReadyAsync(Token, StoryHost.GatewayApi());
        using var kubernetes = host.Kubernetes();
        var spec = Preserving(MeshPortHost.Echo("echo", 9000), "v1");
        spec["probe"] = new JsonObject { ["expect"] = "hello PROXY TCP4 127.0.0.1" };
        await host.SucceedAsync(await host.PutExposureAsync("echo", spec, Token), Token);

        var address = await host.AddressAsync("echo", Token);
        Assert.StartsWith($"hello PROXY TCP4 {Friend} ", await Dialing.AskAsync(address, 9000, Token, Friend), StringComparison.Ordinal);
        Assert.EndsWith(
            "with a ready pod of the gateway takes connections.",
            await host.MessageAsync(StoryHost.Exposure("echo"), "PortOpen", Token),
            StringComparison.Ordinal
        );

        await kubernetes.CoreV1.PatchNamespacedConfigMapAsync(
            new k8s.Models.V1Patch("""{"data":{"service":null}}""", k8s.Models.V1Patch.PatchType.MergePatch),
            Name,
            StoryHost.Ingress,
            cancellationToken: Token
        );
        await host.ReconcileAsync(Token);
        await Wait.UntilAsync(async () => await PolicyAsync(kubernetes, $"{Name}-istio") == "Local", Token);

        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("echo"), Token), Token);
        var maps = await kubernetes.CoreV1.ListNamespacedConfigMapAsync(StoryHost.Ingress, cancellationToken: Token);
        Assert.DoesNotContain(maps.Items, map => map.Metadata.Name == Name);
    }

    [Fact]
    public async Task A_host_outside_the_cluster_reads_it_in_binary()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var spec = new JsonObject
        {
            ["port"] = 9000,
            ["backends"] = new JsonArray(
                new JsonObject { ["service"] = "proxied.servers.localhost", ["port"] = ((IPEndPoint)server.LocalEndpoint).Port }
            ),
        };
        await host.SucceedAsync(await host.PutExposureAsync("outside", Preserving(spec, "v2"), Token), Token);

        using var dialled = (await Dialing.ConnectAsync(await host.AddressAsync("outside", Token), 9000, Token, Friend)).Socket;

        var (client, port) = (Assert.IsType<Socket>(dialled), 0);
        while (port != ((IPEndPoint)client.LocalEndPoint!).Port) // connections of probes come, too
        {
            var header = await HeaderAsync(server);
            Assert.Equal("\r\n\r\n\0\r\nQUIT\n"u8.ToArray(), header[..12]);
            Assert.Equal([0x21, 0x11, 0, 12], header[12..16]);
            port = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(24));
            Assert.Equal(9000, BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(26)));
            Assert.Contains(new IPAddress(header.AsSpan(16, 4)), (IPAddress[])[IPAddress.Loopback, IPAddress.Parse(Friend)]);
        }
    }

    [Fact]
    [FailureRow("ProxyProtocolConflict")]
    public async Task An_exposure_cannot_change_what_the_backend_of_another_one_gets()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        await host.SucceedAsync(await host.PutExposureAsync("zero", MeshPortHost.Echo("echo", 9000), Token), Token);
        var spec = Preserving(MeshPortHost.Echo("echo", 9000), "v1");
        spec.Remove("workload");
        spec["port"] = 9001;
        await host.FailAsync(await host.PutExposureAsync("first", spec, Token), Token);

        Assert.Equal(("False", "ProxyProtocolConflict"), await host.ConditionAsync(StoryHost.Exposure("first"), "RouteProgrammed", Token));
        Assert.Equal(("True", "AsDesired"), await host.ConditionAsync(StoryHost.Exposure("zero"), "Ready", Token));
        Assert.Equal("hello jose", await Dialing.AskAsync(await host.AddressAsync("zero", Token), 9000, Token));
    }

    [Fact]
    public async Task A_refused_rule_of_a_backend_is_told_at_all_exposures_that_need_it()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        var second = Preserving(MeshPortHost.Echo("echo", 9000), "v1");
        second.Remove("workload");
        second["port"] = 9001;
        host.Sandbox.Refuse(FaultLayer.Kubernetes, "* destinationrules", "meshport-echo");

        await host.FailAsync(await host.PutExposureAsync("first", Preserving(MeshPortHost.Echo("echo", 9000), "v1"), Token), Token);
        await host.FailAsync(await host.PutExposureAsync("second", second, Token), Token);

        foreach (var name in new[] { "first", "second" })
        {
            Assert.Equal(("False", "AccessDenied"), await host.ConditionAsync(StoryHost.Exposure(name), "RouteProgrammed", Token));
        }
    }

    private static JsonObject Preserving(JsonObject spec, string? proxyProtocol = null)
    {
        spec["clientAddress"] = "preserve";
        if (proxyProtocol is not null)
        {
            spec["proxyProtocol"] = proxyProtocol;
        }

        return spec;
    }

    private static async Task<string> PolicyAsync(IKubernetes kubernetes, string service = StoryHost.External) =>
        (await kubernetes.CoreV1.ReadNamespacedServiceAsync(service, StoryHost.Ingress, cancellationToken: Token))
            .Spec
            .ExternalTrafficPolicy;

    private static async Task<byte[]> HeaderAsync(TcpListener server)
    {
        using var client = await server.AcceptTcpClientAsync(Token);
        var header = new byte[HeaderLength];
        await client.GetStream().ReadExactlyAsync(header, Token);
        return header;
    }
}
