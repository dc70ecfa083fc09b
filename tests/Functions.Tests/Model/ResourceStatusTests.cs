using MeshPort.Convergence;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Model;

public sealed class ResourceStatusTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly Observation Good = Observation.True(Reasons.AsDesired, "good");

    [Fact]
    public void Since_and_history_change_only_with_the_condition()
    {
        var first = ResourceStatus.New(ConditionTypes.OfCluster, Start).With(ConditionTypes.NetworkReady, Good, 1, Start.AddSeconds(1));
        var again = first.With(ConditionTypes.NetworkReady, Good, 2, Start.AddSeconds(2));
        var worse = again.With(ConditionTypes.NetworkReady, Observation.False(Reasons.NetworkConflict, "bad"), 2, Start.AddSeconds(3));

        Assert.Equal(Start.AddSeconds(1), again.Find(ConditionTypes.NetworkReady)?.Since);
        Assert.Equal(2, again.Find(ConditionTypes.NetworkReady)?.ObservedGeneration);
        Assert.Single(again.History);
        Assert.Equal(Start.AddSeconds(3), worse.Find(ConditionTypes.NetworkReady)?.Since);
        Assert.Equal(2, worse.History.Count);
    }

    [Fact]
    public void History_keeps_the_last_hundred()
    {
        var status = Enumerable
            .Range(0, 150)
            .Aggregate(
                ResourceStatus.New(ConditionTypes.OfCluster, Start),
                (current, number) =>
                    current.With(
                        ConditionTypes.NetworkReady,
                        number % 2 == 0 ? Good : Observation.False(Reasons.NetworkConflict, "bad"),
                        1,
                        Start.AddSeconds(number)
                    )
            );

        Assert.Equal(100, status.History.Count);
        Assert.Equal(Start.AddSeconds(149), status.History[^1].At);
    }

    [Fact]
    public void A_write_is_a_repair_only_if_the_condition_was_true_for_the_generation()
    {
        var seen = ResourceStatus.New(ConditionTypes.OfCluster, Start).With(ConditionTypes.ClusterReady, Good, 1, Start);

        var repaired = seen.Repaired(ConditionTypes.ClusterReady, 1, "ManagedCluster c", "It was gone.", Start);

        Assert.Equal(
            (HistoryTypes.Repaired, "ManagedCluster c", "ManagedCluster c: It was gone."),
            (repaired.History[^1].Type, repaired.History[^1].Target, repaired.History[^1].Message)
        );
        Assert.Same(seen, seen.Repaired(ConditionTypes.ClusterReady, 2, "ManagedCluster c", "It differed.", Start));
        Assert.Same(seen, seen.Repaired(ConditionTypes.NetworkReady, 1, "Subnet s", "It was gone.", Start));
    }

    [Fact]
    public void The_latency_of_a_probe_is_in_status_and_history()
    {
        var probe = new ProbeResult(Start, Reasons.Answered, TimeSpan.FromMilliseconds(12));

        var status = ResourceStatus
            .New(ConditionTypes.OfExposure, Start)
            .With(ConditionTypes.PortOpen, Good, 1, Start)
            .With(ConditionTypes.Reachable, Good, 1, Start)
            .Probed(probe);

        Assert.Equal(probe, status.Probe);
        Assert.Equal([null, probe.Latency], status.History.Select(entry => entry.Latency));
    }

    [Fact]
    public void Ready_needs_every_condition_except_unobservable_ones()
    {
        var status = ConditionTypes
            .OfExposure.Where(type => type is not ConditionTypes.Ready and not ConditionTypes.Reachable)
            .Aggregate(ResourceStatus.New(ConditionTypes.OfExposure, Start), (current, type) => current.With(type, Good, 1, Start));

        Assert.Equal(ConditionStatus.Unknown, Readiness.Of(status).Status);
        Assert.Equal(
            (ConditionStatus.Unknown, Reasons.WorkloadStarting),
            StatusAndReason(status.With(ConditionTypes.WorkloadReady, Observation.Unknown(Reasons.WorkloadStarting, "0 of 1"), 1, Start))
        );
        Assert.Equal(
            (ConditionStatus.False, Reasons.WorkloadFailed),
            StatusAndReason(status.With(ConditionTypes.WorkloadReady, Observation.False(Reasons.WorkloadFailed, "over"), 1, Start))
        );
        Assert.Equal(
            (ConditionStatus.False, Reasons.Blocked),
            StatusAndReason(status.With(ConditionTypes.WorkloadReady, Observation.Unknown(Reasons.Blocked, "stopped"), 1, Start))
        );
        Assert.Equal(ConditionStatus.True, Readiness.Of(status.With(ConditionTypes.Reachable, Good, 1, Start)).Status);
        Assert.Equal(
            ConditionStatus.True,
            Readiness.Of(status.With(ConditionTypes.Reachable, Observation.Unknown(Reasons.NotReachableFromHere, ""), 1, Start)).Status
        );
        Assert.Equal(
            Reasons.ConnectionReset,
            Readiness.Of(status.With(ConditionTypes.Reachable, Observation.False(Reasons.ConnectionReset, "reset"), 1, Start)).Reason
        );
    }

    private static (ConditionStatus, string) StatusAndReason(ResourceStatus status) =>
        (Readiness.Of(status).Status, Readiness.Of(status).Reason);

    [Fact]
    public void Ready_is_not_observed_for_a_spec_that_changed_later()
    {
        var seen = ConditionTypes.OfExposure.Aggregate(
            ResourceStatus.New([], Start),
            (current, type) => current.With(type, Good, 1, Start)
        );
        var changed = seen.With(ConditionTypes.Accepted, Good, 2, Start);

        Assert.Equal(1, Conclusion.Draw(seen, Start).ObservedGeneration);
        Assert.Equal(1, Conclusion.Draw(changed, Start).ObservedGeneration);
    }

    [Fact]
    public void An_obstacle_of_the_cluster_blocks_all_conditions_of_an_exposure()
    {
        var exposure = ResourceStatus
            .New(ConditionTypes.OfExposure, Start)
            .With(ConditionTypes.Accepted, Good, 1, Start)
            .With(ConditionTypes.PortOpen, Good, 1, Start);
        var cluster = ResourceStatus
            .New(ConditionTypes.OfCluster, Start)
            .With(ConditionTypes.NetworkReady, Good, 1, Start)
            .With(ConditionTypes.MeshReady, Good, 1, Start);
        var end = new EndRequest(
            default,
            1,
            1,
            1,
            [],
            new Obstacle(ConditionTypes.ClusterReady, Observation.False(Reasons.ClusterStopped, "stopped")),
            IsOver: true,
            Start
        );

        var blockedExposure = Conclusion.Block(exposure, ConditionTypes.OfExposure, end, 1, Start);
        var blockedCluster = Conclusion.Block(cluster, ConditionTypes.OfCluster, end, 1, Start);

        Assert.True(blockedExposure.IsTrue(ConditionTypes.Accepted));
        Assert.Equal(Reasons.Blocked, blockedExposure.Find(ConditionTypes.PortOpen)?.Reason);
        Assert.True(blockedCluster.IsTrue(ConditionTypes.NetworkReady));
        Assert.Equal(Reasons.Blocked, blockedCluster.Find(ConditionTypes.MeshReady)?.Reason);
    }

    [Fact]
    public void An_obstacle_of_exposures_does_not_affect_the_cluster()
    {
        var cluster = ResourceStatus.New(ConditionTypes.OfCluster, Start).With(ConditionTypes.MeshReady, Good, 1, Start);
        var exposure = ConditionTypes.OfExposure.Aggregate(
            ResourceStatus.New([], Start),
            (current, type) => current.With(type, Good, 1, Start)
        );
        var end = new EndRequest(
            default,
            1,
            1,
            1,
            [],
            new Obstacle(ConditionTypes.PortOpen, Observation.False(Reasons.ApiServerUnreachable, "away")),
            IsOver: true,
            Start
        );

        Assert.Equal(cluster, Conclusion.Block(cluster, ConditionTypes.OfCluster, end, 1, Start));
        var blocked = Conclusion.Block(exposure, ConditionTypes.OfExposure, end, 1, Start);
        Assert.True(blocked.IsTrue(ConditionTypes.RouteProgrammed));
        Assert.False(blocked.IsTrue(ConditionTypes.PortOpen));
        Assert.False(blocked.IsTrue(ConditionTypes.Reachable));
    }
}
