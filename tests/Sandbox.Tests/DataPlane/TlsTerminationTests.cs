using System.Security.Authentication;
using k8s;
using k8s.Models;
using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

/// <summary>Gateways that end TLS with a certificate from a Secret.</summary>
public sealed class TlsTerminationTests
{
    private static CancellationToken Token => TestCluster.Token;

    [Fact]
    public async Task A_gateway_shows_the_certificate_of_its_secret_and_passes_plain_text_on()
    {
        using var authority = new TestAuthority();
        await using var cluster = await StartAsync();
        await WriteAsync(cluster, "web", authority.Issue(["db.example.com"]).Data());
        await ServeAsync(cluster, "web", "SIMPLE", "db.example.com");
        var address = await cluster.GatewayAddressAsync();

        await UntilAsync("db.example.com: hello hello", () => AskAsync(address, "db.example.com"));
        Assert.Equal(TlsClient.Refused, await AskAsync(address, "other.example.com"));
        Assert.Equal("reset", await Dial.OutcomeAsync(address, 9000, Token)); // no TLS at all
    }

    [Fact]
    public async Task Servers_of_one_port_have_their_own_certificates_beside_one_that_passes_tls_through()
    {
        using var authority = new TestAuthority();
        await using var cluster = await StartAsync();
        await WriteAsync(cluster, "one", authority.Issue(["one.example.com"]).Data());
        await WriteAsync(cluster, "rest", authority.Issue(["*.example.com"]).Data());
        await ServeAsync(cluster, "one", "SIMPLE", "one.example.com");
        await ServeAsync(cluster, "rest", "SIMPLE", "*");
        await ServeAsync(cluster, "through", "PASSTHROUGH", "through.example.com");
        var address = await cluster.GatewayAddressAsync();

        await UntilAsync("one.example.com: hello hello", () => AskAsync(address, "one.example.com"));
        Assert.Equal("*.example.com: hello hello", await AskAsync(address, "two.example.com"));
        Assert.Equal("*.example.com: hello hello", await AskAsync(address, "")); // no server name
        Assert.Equal("hell", await TlsHello.AskAsync(address, 9000, TlsHello.Of("through.example.com")));
    }

    [Fact]
    public async Task Connections_are_reset_until_the_secret_is_there_and_usable()
    {
        using var authority = new TestAuthority();
        await using var cluster = await StartAsync();
        await ServeAsync(cluster, "web", "SIMPLE", "db.example.com");
        var (address, good) = (await cluster.GatewayAddressAsync(), authority.Issue(["db.example.com"]));
        await UntilAsync("reset", () => Dial.OutcomeAsync(address, 9000, Token));
        Assert.Equal(TlsClient.Refused, await AskAsync(address, "db.example.com"));

        await WriteAsync(cluster, "web", new() { ["tls.crt"] = good.Certificate });
        Assert.Equal(TlsClient.Refused, await AskAsync(address, "db.example.com"));

        await WriteAsync(cluster, "web", new() { ["tls.crt"] = good.Certificate, ["tls.key"] = authority.Issue(["other"]).Key });
        Assert.Equal(TlsClient.Refused, await AskAsync(address, "db.example.com"));

        await WriteAsync(cluster, "web", good.Data());
        Assert.Equal("db.example.com: hello hello", await AskAsync(address, "db.example.com"));

        // istiod prefers these keys, and serves a certificate that has expired.
        var expired = authority.Issue(["expired"], to: new DateTimeOffset(2001, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var both = good.Data();
        (both["cert"], both["key"]) = (expired.Certificate, expired.Key);
        await WriteAsync(cluster, "web", both);
        Assert.Equal("expired: hello hello", await AskAsync(address, "db.example.com"));

        await cluster.Client.CoreV1.DeleteNamespacedSecretAsync("web", TestCluster.Ingress, cancellationToken: Token);
        Assert.Equal(TlsClient.Refused, await AskAsync(address, "db.example.com"));
    }

    [Fact]
    public async Task In_mode_mutual_only_clients_of_the_authority_are_served()
    {
        using var authority = new TestAuthority();
        using var others = new TestAuthority("Others");
        await using var cluster = await StartAsync();
        await WriteAsync(cluster, "web", authority.Issue(["db.example.com"]).Data());
        await ServeAsync(cluster, "web", "MUTUAL", "db.example.com");
        var (address, known, unknown) = (await cluster.GatewayAddressAsync(), authority.IssueClient("shop"), others.IssueClient("shop"));
        await UntilAsync("reset", () => Dial.OutcomeAsync(address, 9000, Token));
        Assert.Equal(TlsClient.Refused, await AskAsync(address, "db.example.com", known)); // no authority

        await WriteAsync(cluster, "web", authority.Issue(["db.example.com"]).Data(authority.Pem));
        Assert.Equal("db.example.com: hello hello", await AskAsync(address, "db.example.com", known));
        Assert.Equal(TlsClient.Refused, await AskAsync(address, "db.example.com", unknown));
        Assert.Equal(TlsClient.Refused, await AskAsync(address, "db.example.com"));
        Assert.Equal(TlsClient.Refused, await AskAsync(address, "db.example.com", authority.Issue(["shop"]))); // for servers only

        await WriteAsync(cluster, "web-cacert", new() { ["cacert"] = others.Pem });
        Assert.Equal("db.example.com: hello hello", await AskAsync(address, "db.example.com", unknown));
        Assert.Equal(TlsClient.Refused, await AskAsync(address, "db.example.com", known));
    }

    [Fact]
    public async Task Earlier_versions_than_the_least_are_refused()
    {
        using var authority = new TestAuthority();
        await using var cluster = await StartAsync();
        await WriteAsync(cluster, "web", authority.Issue(["db.example.com"]).Data());
        await ServeAsync(cluster, "web", "SIMPLE", "db.example.com", """, "minProtocolVersion": "TLSV1_3" """);
        var address = await cluster.GatewayAddressAsync();

        await UntilAsync("db.example.com: hello hello", () => AskAsync(address, "db.example.com"));
        Assert.Equal(TlsClient.Refused, await TlsClient.AskAsync(address, 9000, "db.example.com", Token, versions: SslProtocols.Tls12));
    }

    [Fact]
    public async Task A_gateway_without_a_backend_resets_connections()
    {
        using var authority = new TestAuthority();
        await using var cluster = await StartAsync();
        await WriteAsync(cluster, "web", authority.Issue(["db.example.com"]).Data());
        await ServeAsync(cluster, "web", "SIMPLE", "db.example.com");
        var address = await cluster.GatewayAddressAsync();
        await UntilAsync("db.example.com: hello hello", () => AskAsync(address, "db.example.com"));

        await cluster.Client.CoreV1.DeleteNamespacedServiceAsync("tcpecho", "default", cancellationToken: Token);

        await UntilAsync(TlsClient.Refused, () => AskAsync(address, "db.example.com"));
    }

    private static async Task<TestCluster> StartAsync()
    {
        var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client);
        await WalkThrough.OpenPortAsync(cluster);
        return cluster;
    }

    private static Task<string> AskAsync(string address, string serverName, TestCertificate? identity = null) =>
        TlsClient.AskAsync(address, 9000, serverName, Token, identity);

    private static Task UntilAsync(string outcome, Func<Task<string>> ask) => Wait.UntilAsync(async () => await ask() == outcome, Token);

    /// <summary>Creates or replaces a Secret in the namespace of the gateway.</summary>
    private static async Task WriteAsync(TestCluster cluster, string name, Dictionary<string, string> data)
    {
        var known = await cluster.Client.CoreV1.ListNamespacedSecretAsync(TestCluster.Ingress, cancellationToken: Token);
        if (known.Items.Any(secret => secret.Name() == name))
        {
            await cluster.Client.CoreV1.DeleteNamespacedSecretAsync(name, TestCluster.Ingress, cancellationToken: Token);
        }

        await cluster.Client.CoreV1.CreateNamespacedSecretAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { Name = name },
                StringData = data,
            },
            TestCluster.Ingress,
            cancellationToken: Token
        );
    }

    private static Task ServeAsync(TestCluster cluster, string name, string mode, string host, string more = "") =>
        WalkThrough.ServeTlsAsync(
            cluster,
            name,
            host,
            $$$"""{"mode":"{{{mode}}}","credentialName":"{{{name}}}"{{{more}}}}""",
            service: "tcpecho"
        );
}
