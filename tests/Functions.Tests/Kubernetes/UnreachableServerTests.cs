using System.Text.Json.Nodes;
using MeshPort.Kubernetes;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Kubernetes;

/// <summary>One test for each row of the table in <see cref="UnreachableServer"/>.</summary>
public sealed class UnreachableServerTests
{
    private const string Private = """{"properties":{"apiServerAccessProfile":{"enablePrivateCluster":true},"privateFQDN":"c.private"}}""";
    private const string Ranges = """{"properties":{"apiServerAccessProfile":{"authorizedIPRanges":["203.0.113.0/24"]}}}""";
    private const string Public = """{"properties":{"apiServerAccessProfile":{"enablePrivateCluster":false,"authorizedIPRanges":[]}}}""";
    private const string Stopped = """{"properties":{"powerState":{"code":"Stopped"}}}""";

    [Theory]
    [InlineData(Private, false, "is private (c.private)", "authorized")]
    [InlineData(Ranges, false, "authorized IP ranges (203.0.113.0/24)", "private")]
    [InlineData(Public, false, "public and has no authorized IP ranges", "private")]
    [InlineData("""{"properties":{}}""", false, "public and has no authorized IP ranges", "private")]
    [InlineData(Stopped, false, "az aks start", "public")]
    [InlineData(Public, true, "intercepts TLS", "authorized")]
    [InlineData(null, false, "no longer exists", "authorized")]
    public void The_advice_on_an_AKS_cluster_follows_its_profile(string? cluster, bool isUntrusted, string advice, string other)
    {
        var look = new ClusterLook(cluster is null ? null : JsonNode.Parse(cluster) as JsonObject);

        var text = UnreachableServer.Advice(Connection.Aks, look, isUntrusted);

        Assert.Contains(advice, text, StringComparison.Ordinal);
        Assert.DoesNotContain(other, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_that_is_not_known_is_not_guessed()
    {
        var text = UnreachableServer.Advice(Connection.Aks, null, isUntrusted: false);

        Assert.Contains("needs a network path", text, StringComparison.Ordinal);
        Assert.DoesNotContain("private", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "the server of kubeconfig theirs")]
    [InlineData(true, "must replace the file")]
    public void A_kubeconfig_is_named(bool isUntrusted, string advice) =>
        Assert.Contains(advice, UnreachableServer.Advice(new Connection("theirs"), null, isUntrusted), StringComparison.Ordinal);
}
