using MeshPort.Sandbox.Tests.Kubernetes;
using Xunit;

namespace MeshPort.Sandbox.Tests.DataPlane;

public sealed class EchoPathTests
{
    [Fact]
    public async Task The_walk_through_answers_hello_jose()
    {
        await using var cluster = await TestCluster.StartAsync();
        await WalkThrough.AllAsync(cluster);
        var address = await cluster.GatewayAddressAsync();

        var answer = await TestCluster.UntilAsync(async () => await Dial.OutcomeAsync(address, 9000, TestCluster.Token) == "hello x" ? await Dial.AskAsync(address, 9000, "jose\n", TestCluster.Token) : null);

        Assert.Equal("hello jose", answer);
        Assert.DoesNotContain(cluster.Fleet.Problems, problem => problem.Endpoint.Port == 9000);
    }
}
