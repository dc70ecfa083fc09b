using MeshPort.Sandbox.Tests.Kubernetes;
using MeshPort.Sandbox.World;
using Xunit;

namespace MeshPort.Sandbox.Tests.Controllers;

public sealed class BroughtSecretTests
{
    private const string Secret = $"/api/v1/namespaces/{TestCluster.Ingress}/secrets/echo-tls";

    [Fact]
    public async Task A_secret_is_brought_once_and_stays_away_when_somebody_deletes_it()
    {
        await using var cluster = await TestCluster.StartAsync(gatewaySecrets: [new GatewaySecret("echo-tls", ["echo.example.com"])]);
        await Wait.UntilAsync(async () => (await cluster.SendAsync(HttpMethod.Get, Secret)).Code == 200, TestCluster.Token);

        await cluster.ExpectAsync(200, HttpMethod.Delete, Secret);
        await cluster.CreateAsync(
            $"{Manifests.Core}/services",
            """{"metadata":{"name":"later"},"spec":{"type":"LoadBalancer","ports":[{"port":9000}]}}"""
        );
        await cluster.LoadBalancerIsBegunAsync($"{Manifests.Core}/services/later"); // the controllers have run

        Assert.Equal(404, (await cluster.SendAsync(HttpMethod.Get, Secret)).Code);
    }
}
