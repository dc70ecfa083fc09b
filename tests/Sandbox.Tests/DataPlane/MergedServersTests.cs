using MeshPort.Sandbox.DataPlane.Istio;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

public sealed class MergedServersTests
{
    [Fact]
    public void Plain_tcp_shares_its_port_with_nothing() =>
        Assert.Equal(
            ["a", "conflict with existing server 9000.TCP", "conflict with existing server 9000.TCP"],
            Merge(Server("a", "TCP"), Server("b", "TCP"), Server("c", "TLS", "x.example.com"))
        );

    [Fact]
    public void Tls_servers_share_a_port_by_their_hosts() =>
        Assert.Equal(
            ["a", "c", "duplicate host names: [x.example.com]", "conflict with existing server 9000.TLS"],
            Merge(
                Server("a", "TLS", "x.example.com"),
                Server("b", "TLS", "y.example.com", "x.example.com"),
                Server("c", "TLS", "y.example.com"),
                Server("d", "TCP")
            )
        );

    [Fact]
    public void The_namespace_of_a_host_counts() =>
        Assert.Equal(
            ["a", "b", "duplicate host names: [default/x.example.com]"],
            Merge(Server("a", "TLS", "./x.example.com"), Server("b", "TLS", "*/x.example.com"), Server("c", "TLS", "default/x.example.com"))
        );

    [Fact]
    public void Servers_of_one_listener_with_another_bind_are_refused_by_Envoy() =>
        Assert.Equal(
            ["a", "Envoy refuses the listener: bind '0.0.0.0' after ''"],
            Merge(Server("a", "TLS", "x.example.com"), Server("b", "TLS", "y.example.com") with { Bind = "0.0.0.0" })
        );

    /// <summary>The kept servers, then the reasons of the skipped ones.</summary>
    private static string[] Merge(params GatewayServer[] servers)
    {
        var merged = MergedServers.Of(servers);
        return
        [
            .. merged.Kept.Select(server => server.Gateway),
            .. merged.Skipped.Select(skipped => skipped.Why[(skipped.Why.IndexOfAny([':', ',']) + 2)..]),
        ];
    }

    private static GatewayServer Server(string name, string protocol, params string[] hosts) =>
        new(name, "default", new Dictionary<string, string>(), 9000, protocol, Passthrough: protocol == "TLS", hosts)
        {
            PortName = "p",
            HasTls = protocol == "TLS",
        };
}
