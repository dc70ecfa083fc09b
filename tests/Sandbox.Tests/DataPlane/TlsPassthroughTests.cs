using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

public sealed class TlsPassthroughTests
{
    [Fact]
    public async Task The_server_name_chooses_among_gateways_that_share_a_port()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client, prefix: "one", name: "one");
        await WalkThrough.DeployEchoAsync(cluster.Client, prefix: "two", name: "two");
        await ShareAsync(cluster, "one", "one.example.com");
        await ShareAsync(cluster, "two", "*.example.com");
        await WalkThrough.OpenPortAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(
            async () =>
                await AskAsync(address, Hello("one.example.com")) == "one" && await AskAsync(address, Hello("two.example.com")) == "two",
            TestCluster.Token
        );

        Assert.Equal("one", await AskAsync(address, Hello("ONE.example.com")));
        Assert.Equal("two", await AskAsync(address, Hello("deep.other.example.com")));
        Assert.Equal("reset", await AskAsync(address, Hello("example.org")));
        Assert.Equal("reset", await AskAsync(address, Hello(null)));
        Assert.Equal("reset", await AskAsync(address, "no hello at all\n"u8.ToArray()));
    }

    [Fact]
    public async Task A_fragmented_hello_is_reassembled_and_reaches_the_server_complete()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client, prefix: "one", name: "one");
        await ShareAsync(cluster, "one", "one.example.com");
        await WalkThrough.OpenPortAsync(cluster);
        var address = await cluster.GatewayAddressAsync();
        await Wait.UntilAsync(async () => await AskAsync(address, Hello("one.example.com")) == "one", TestCluster.Token);

        var whole = Hello("one.example.com");
        Assert.Equal("one", await AskAsync(address, InRecordsOf(20, whole)));
        Assert.Equal("one", await AskAsync(address, whole, piece: 7));
    }

    [Fact]
    public async Task An_https_server_shares_the_port_and_the_narrowest_name_decides()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client, prefix: "one", name: "one");
        await WalkThrough.ApplyAsync(
            cluster,
            "gateways",
            "a-website",
            """
            {"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"a-website","namespace":"default"},
             "spec":{"selector":{"istio":"aks-istio-ingressgateway-external"},"servers":[{"port":{"number":9000,"name":"https",
             "protocol":"HTTPS"},"tls":{"mode":"SIMPLE","credentialName":"web"},"hosts":["*"]}]}}
            """
        );
        await ShareAsync(cluster, "one", "one.example.com");
        await WalkThrough.OpenPortAsync(cluster);
        var address = await cluster.GatewayAddressAsync();

        await Wait.UntilAsync(async () => await AskAsync(address, Hello("one.example.com")) == "one", TestCluster.Token);
        Assert.Equal("reset", await AskAsync(address, Hello("www.example.com"))); // the sandbox does not serve HTTP
    }

    private static Task ShareAsync(TestCluster cluster, string name, string host) =>
        WalkThrough.ServeTlsAsync(cluster, name, host, """{"mode":"PASSTHROUGH"}""", service: name);

    private static Task<string> AskAsync(string address, byte[] hello, int piece = int.MaxValue) =>
        TlsHello.AskAsync(address, 9000, hello, piece);

    private static byte[] Hello(string? serverName) => TlsHello.Of(serverName);

    private static byte[] InRecordsOf(int size, byte[] record) =>
        [.. record.Skip(5).Chunk(size).SelectMany(part => (byte[])[22, 3, 1, .. TlsHello.Short(part.Length), .. part])];
}
