using System.Text.Json.Nodes;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>
/// TLS passthrough: MeshPort sees server names but no certificates. The servers are real, outside the cluster, and each has its own
/// certificate.
/// </summary>
public sealed class TlsStories
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Exposures_with_disjoint_server_names_share_a_port_and_each_is_answered_by_its_own_server()
    {
        await using var host = await StoryHost.StartAsync(Token);
        await using var one = OutsideServer.Tls("one");
        await using var wild = OutsideServer.Tls("wild");
        await host.PutClusterAsync(Token, StoryHost.ClusterSpec());
        await host.SucceedAsync(await host.PutExposureAsync("one", Tls(one, "db.example.com"), Token), Token);
        await host.SucceedAsync(await host.PutExposureAsync("wild", Tls(wild, "*.apps.example.com", "other.example.org"), Token), Token);

        var address = await host.AddressAsync(Token);
        // The probe uses a name below the wildcard.
        Assert.Equal(("True", "Connected"), await host.ConditionAsync(StoryHost.Exposure("wild"), "Reachable", Token));
        Assert.Equal("one: one hello", await TlsClient.AskAsync(address, 8443, "db.example.com", Token));
        Assert.Equal("wild: wild hello", await TlsClient.AskAsync(address, 8443, "deep.down.apps.example.com", Token));
        Assert.Equal("wild: wild hello", await TlsClient.AskAsync(address, 8443, "other.example.org", Token));
        // A wildcard covers only names below.
        Assert.Equal(TlsClient.Refused, await TlsClient.AskAsync(address, 8443, "apps.example.com", Token));
        Assert.Equal(TlsClient.Refused, await TlsClient.AskAsync(address, 8443, "example.net", Token));
        Assert.Equal(Dialing.Reset, await Dialing.AskAsync(address, 8443, Token)); // no TLS at all

        await host.SucceedAsync(await host.DeleteAsync(StoryHost.Exposure("one"), Token), Token);
        Assert.Equal(TlsClient.Refused, await TlsClient.AskAsync(address, 8443, "db.example.com", Token));
        // The port stays open for the other exposure.
        Assert.Equal("wild: wild hello", await TlsClient.AskAsync(address, 8443, "a.apps.example.com", Token));
    }

    [Fact]
    public async Task A_backend_without_tls_is_reported()
    {
        await using var host = await StoryHost.StartReadyAsync(Token);
        var echo = MeshPortHost.Echo("echo", 9000);
        (echo["protocol"], echo["sniHosts"]) = ("TLS", new JsonArray("echo.example.com"));
        echo.Remove("probe");

        await host.FailAsync(await host.PutExposureAsync("echo", echo, Token), Token);

        Assert.Equal(("False", "TlsFailed"), await host.ConditionAsync(StoryHost.Exposure("echo"), "Reachable", Token));
    }

    private static JsonObject Tls(OutsideServer server, params string[] names)
    {
        var spec = Tls(8443, names);
        spec["backends"] = new JsonArray(new JsonObject { ["service"] = server.Host, ["port"] = server.Port });
        return spec;
    }

    private static JsonObject Tls(int port, params string[] names) =>
        new()
        {
            ["port"] = port,
            ["protocol"] = "TLS",
            ["sniHosts"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]),
            ["backends"] = new JsonArray(new JsonObject { ["service"] = "nobody", ["port"] = port }),
        };
}
