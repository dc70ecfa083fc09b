using MeshPort.Benchmarks.Scale;
using Xunit;

namespace MeshPort.Sandbox.Tests.Scale;

/// <summary>The simulation of <c>tests/Benchmarks -- scale</c>, with fleets whose figures can be calculated by hand.</summary>
public sealed class ScaleSimulationTests
{
    private static readonly ScalePlan Quiet = new(60, 1) { DriftsPerDay = 0, Kubeconfig = TimeSpan.FromHours(6) };

    /// <summary>
    /// Reads: 25 a second for each subscription. 375 clusters that read four times a minute use them up. More are each observed
    /// less often. Kubeconfigs of ten minutes: one a second, 600 clusters use them up; a refused look costs one read more.
    /// </summary>
    [Theory]
    [InlineData(60, 1, 4, 360, 4, 29, 60, 0)]
    [InlineData(370, 1, 4, 360, 24.7, 29, 60, 0.05)]
    [InlineData(1_500, 1, 4, 360, 25, 100, 2_400, 1)]
    [InlineData(1_500, 5, 4, 360, 20, 29, 60, 0)]
    [InlineData(1_500, 1, 0, 10, 2, 100, 7_200, 1)]
    public void A_bucket_decides_how_old_observations_become(
        int clusters,
        int subscriptions,
        int reads,
        int kubeconfigMinutes,
        double requests,
        double leastMedian,
        double mostHigh,
        double mostRefused
    )
    {
        var result = ScaleSimulation.Run(
            Quiet with
            {
                Clusters = clusters,
                Subscriptions = subscriptions,
                Reads = reads,
                Kubeconfig = TimeSpan.FromMinutes(kubeconfigMinutes),
            }
        );
        Assert.InRange(result.Requests, requests * 0.95, requests * 1.05);
        Assert.InRange(result.Cluster.Percentile(0.5), leastMedian, leastMedian * 3);
        Assert.InRange(result.Cluster.Percentile(0.99), leastMedian, mostHigh);
        Assert.InRange(result.Refused, 0, mostRefused);
    }

    [Fact]
    public void Azure_is_read_less_often_than_the_cluster()
    {
        var result = ScaleSimulation.Run(Quiet with { AzureResync = TimeSpan.FromMinutes(15) });
        Assert.InRange(result.Cluster.Percentile(0.99), 59, 60);
        Assert.InRange(result.Azure.Percentile(0.99), 14 * 60, 16 * 60);
        Assert.InRange(result.Requests, 60 * 4 / 900.0 * 0.9, 60 * 4 / 900.0 * 1.1);
    }

    [Theory]
    [InlineData(0, 0.97, 1)]
    [InlineData(10_000, 0, 0.1)]
    public void Back_off_ends_where_something_drifts(double driftsPerDay, double leastShare, double mostShare)
    {
        var longest = TimeSpan.FromMinutes(16);
        var result = ScaleSimulation.Run(Quiet with { DriftsPerDay = driftsPerDay, Longest = longest });
        Assert.InRange(result.Cluster.Percentile(0.99) / longest.TotalSeconds, leastShare, mostShare);
    }

    /// <summary>60 kubeconfigs at once, and then one a second.</summary>
    [Theory]
    [InlineData(60, 0, 60)]
    [InlineData(660, 580, 660)]
    public void After_a_restart_clusters_wait_for_their_kubeconfigs(int clusters, double least, double most)
    {
        var result = ScaleSimulation.Run(Quiet with { Clusters = clusters, Reads = 2, IsRestart = true });
        Assert.InRange(result.AllSeen?.TotalSeconds ?? double.MaxValue, least, most);
    }

    [Fact]
    public void The_same_plan_has_the_same_figures()
    {
        var plan = Quiet with { Clusters = 1_000, DriftsPerDay = 5, Longest = TimeSpan.FromMinutes(8) };
        var (first, second) = (ScaleSimulation.Run(plan), ScaleSimulation.Run(plan));
        Assert.Equal(first.Requests, second.Requests);
        Assert.Equal(first.Cluster.Percentile(0.99), second.Cluster.Percentile(0.99));
    }

    /// <summary>Three distances of 10 s and one of 70 s: the age is above 10 s for 60 of 100 s.</summary>
    [Theory]
    [InlineData(0.4, 10)]
    [InlineData(0.99, 69)]
    [InlineData(1, 70)]
    public void Long_distances_weigh_more(double share, double seconds)
    {
        var ages = new AgeDistribution();
        foreach (var distance in (ReadOnlySpan<int>)[10, 10, 10, 70])
        {
            ages.Add(distance);
        }

        Assert.Equal(seconds, ages.Percentile(share), 0.01);
    }
}
