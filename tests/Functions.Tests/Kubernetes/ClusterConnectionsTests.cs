using System.Net;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.ResourceManager;
using MeshPort.Kubernetes;
using MeshPort.Model;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace MeshPort.Functions.Tests.Kubernetes;

/// <summary>How often MeshPort asks AKS for a kubeconfig.</summary>
public sealed class ClusterConnectionsTests : IDisposable
{
    private const string Token = """{"exec":{"apiVersion":"client.authentication.k8s.io/v1","command":"kubelogin"}}""";
    private const string LocalAccount = """{"token":"secret"}""";
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000001", "g", "c");
    private readonly FakeAks _azure = new();
    private readonly SteppedTime _time = new();

    [Theory]
    [InlineData(Token, 11, 1)]
    [InlineData(Token, 179, 1)]
    [InlineData(Token, 361, 2)]
    [InlineData(LocalAccount, 9, 1)]
    [InlineData(LocalAccount, 11, 2)]
    public async Task A_kubeconfig_without_a_credential_is_kept_for_hours(string user, int minutes, int requests)
    {
        using var connections = Connections(user);
        await ConnectAsync(connections);
        _time.Now += TimeSpan.FromMinutes(minutes);
        await ConnectAsync(connections);
        Assert.Equal(requests, _azure.Requests);
    }

    [Theory]
    [InlineData(9, 1)]
    [InlineData(11, 2)]
    public async Task A_server_that_does_not_answer_may_have_another_address(int minutes, int requests)
    {
        using var connections = Connections(Token);
        await ConnectAsync(connections);
        _time.Now += TimeSpan.FromMinutes(minutes);
        connections.Doubt(Cluster);
        await ConnectAsync(connections);
        connections.Doubt(Cluster); // the new one is fresh
        await ConnectAsync(connections);
        Assert.Equal(requests, _azure.Requests);
    }

    [Theory]
    [InlineData(true, 0, 10)]
    [InlineData(true, 1, 10)]
    [InlineData(false, 0, 360)]
    [InlineData(false, 1, 180)]
    public void Clusters_do_not_ask_together(bool hasCredential, double chance, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), KubeconfigLifetime.Of(hasCredential, chance));

    public void Dispose() => _azure.Dispose();

    private static Task<KubernetesApi> ConnectAsync(ClusterConnections connections) =>
        connections.ConnectAsync(Cluster, Connection.Aks, TestContext.Current.CancellationToken);

    private ClusterConnections Connections(string user)
    {
        _azure.User = user;
        var credential = new NoCredential();
        var options = new ArmClientOptions { Transport = new HttpClientTransport(_azure) };
        return new ClusterConnections(new ArmClient(credential, default, options), credential, new ConfigurationBuilder().Build(), _time);
    }

    private sealed class FakeAks : HttpMessageHandler
    {
        public int Requests { get; private set; }

        public string User { get; set; } = "";

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.EndsWith("/listClusterUserCredential", request.RequestUri?.AbsolutePath, StringComparison.Ordinal);
            Requests++;
            var kubeconfig = $$$"""
                {"apiVersion":"v1","kind":"Config","current-context":"c",
                 "clusters":[{"name":"c","cluster":{"server":"https://c.test:443"}}],
                 "users":[{"name":"u","user":{{{User}}}}],
                 "contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}]}
                """;
            var value = Convert.ToBase64String(Encoding.UTF8.GetBytes(kubeconfig));
            return Task.FromResult(
                new HttpResponseMessage(HttpStatusCode.OK)
                {
                    Content = new StringContent($$$"""{"kubeconfigs":[{"name":"clusterUser","value":"{{{value}}}"}]}"""),
                }
            );
        }
    }

    private sealed class NoCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new("none", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            ValueTask.FromResult(GetToken(requestContext, cancellationToken));
    }

    private sealed class SteppedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
