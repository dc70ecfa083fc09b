using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Tests.Controllers;
using MeshPort.Sandbox.Tests.DataPlane;
using Xunit;
using static MeshPort.Sandbox.Tests.Controllers.Manifests;

namespace MeshPort.Sandbox.Tests.Kubernetes;

public sealed class SubresourceTests
{
    [Theory]
    [InlineData("GET", "/api/v1/namespaces/default/services/kubernetes/unknown")]
    [InlineData("PATCH", "/api/v1/namespaces/default/configmaps/any/status")]
    [InlineData("PUT", "/apis/apps/v1/namespaces/default/daemonsets/any/scale")]
    public async Task An_unknown_subresource_is_an_unknown_path(string method, string path)
    {
        await using var cluster = await TestCluster.StartAsync();

        var (code, body) = await cluster.SendAsync(new HttpMethod(method), path, "{}", Merge);

        Assert.Equal((404, "404 page not found\n"), (code, body));
    }

    [Fact]
    public async Task A_subresource_refuses_methods_that_it_does_not_have()
    {
        await using var cluster = await TestCluster.StartAsync();

        await cluster.RefusedAsync(
            405,
            "the server does not allow this method on the requested resource",
            HttpMethod.Get,
            $"{Core}/pods/any/eviction"
        );
    }

    [Fact]
    public async Task A_slice_of_endpoints_has_a_name_of_its_own()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.DeployEchoAsync(cluster.Client);
        const string Slices =
            "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=tcpecho";

        var slice = await Wait.ForAsync(
            async () => (await cluster.ListAsync(Slices)).FirstOrDefault(found => found.Items("endpoints").Any()),
            TestCluster.Token
        );

        Assert.Matches("^tcpecho-[a-z0-9]{5}$", slice.Name());
        Assert.Equal("Service", slice.Items("metadata", "ownerReferences").First().Text("kind"));
        await cluster.ExpectAsync(200, HttpMethod.Delete, $"{Core}/services/tcpecho");
        await Wait.UntilAsync(async () => (await cluster.ListAsync(Slices)).Length == 0, TestCluster.Token);
    }
}
