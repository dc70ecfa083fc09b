using System.Globalization;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Tests.Controllers;
using MeshPort.Sandbox.Tests.DataPlane;
using Xunit;
using static MeshPort.Sandbox.Tests.Controllers.Manifests;

namespace MeshPort.Sandbox.Tests.Kubernetes;

/// <summary>A cluster whose objects have the machine's times, for clients that compute ages.</summary>
public sealed partial class MachineTimesTests
{
    [Fact]
    public async Task No_time_in_any_object_is_in_the_future()
    {
        await using var cluster = await TestCluster.StartAsync(machineTimes: true);
        cluster.World.Clock.Advance(TimeSpan.FromDays(30));
        await WalkThrough.DeployEchoAsync(cluster.Client);
        await cluster.CreateAsync(
            $"{Batch}/jobs",
            """
            {"metadata":{"name":"j"},"spec":{"template":{"spec":{"restartPolicy":"Never",
            "containers":[{"name":"c","image":"busybox","command":["sleep","20"]}]} } } }
            """
        );
        await cluster.UntilAsync($"{Batch}/jobs/j", found => found.Has("Complete"));
        await cluster.UntilAsync($"{Apps}/deployments/tcpecho", found => found.Has("Available"));
        await cluster.GatewayAddressAsync();

        foreach (
            var path in new[]
            {
                "/api/v1/nodes",
                "/api/v1/pods",
                "/api/v1/services",
                "/api/v1/events",
                "/api/v1/namespaces",
                "/apis/apps/v1/deployments",
                "/apis/apps/v1/daemonsets",
                "/apis/batch/v1/jobs",
                "/apis/autoscaling/v2/horizontalpodautoscalers",
                "/apis/policy/v1/poddisruptionbudgets",
                "/apis/coordination.k8s.io/v1/leases",
                "/apis/apiregistration.k8s.io/v1/apiservices",
            }
        )
        {
            var (_, body) = await cluster.SendAsync(HttpMethod.Get, path);
            var times = Time().Matches(body).Select(match => DateTimeOffset.Parse(match.Value, CultureInfo.InvariantCulture)).ToArray();
            Assert.NotEmpty(times);
            Assert.All(times, time => Assert.True(time <= TimeProvider.System.GetUtcNow(), $"{path} has {time:O}"));
        }
    }

    [Fact]
    public async Task Pods_still_take_their_simulated_time()
    {
        await using var cluster = await TestCluster.StartAsync(machineTimes: true);
        var before = cluster.World.Clock.GetUtcNow();
        await WalkThrough.DeployEchoAsync(cluster.Client);

        await cluster.UntilAsync($"{Apps}/deployments/tcpecho", found => found.Has("Available"));

        Assert.InRange(cluster.World.Clock.GetUtcNow() - before, TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(30));
        Assert.Contains(
            cluster.Fleet.Links,
            link => link.Kind == "pods/start" && link.Started >= before && link.Target.Contains("tcpecho", StringComparison.Ordinal)
        );
    }

    [GeneratedRegex("(?<=\")20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z(?=\")")]
    private static partial Regex Time();
}
