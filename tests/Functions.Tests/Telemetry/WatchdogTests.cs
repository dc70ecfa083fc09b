using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;
using MeshPort.Timers;
using Xunit;

namespace MeshPort.Functions.Tests.Telemetry;

/// <summary>What the watchdog reports of a cluster.</summary>
public sealed class WatchdogTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(1);
    private static readonly ClusterId Id = new("00000000-0000-0000-0000-000000000000", "lab", "lab");

    [Theory]
    [InlineData(ConditionStatus.True, 2, false, "ready")]
    [InlineData(ConditionStatus.True, 1, false, "unknown")]
    [InlineData(ConditionStatus.False, 1, false, "not_ready")]
    [InlineData(ConditionStatus.Unknown, 2, false, "unknown")]
    [InlineData(ConditionStatus.True, 2, true, "leaving")]
    [InlineData(null, 2, false, "unknown")]
    public void A_cluster_is_ready_only_by_an_observation_of_its_spec(ConditionStatus? ready, long observed, bool isLeaving, string state)
    {
        Assert.Equal(state, Watched(ready, observed, isLeaving).State);
    }

    [Fact]
    public void Free_ports_are_what_the_budget_leaves()
    {
        Assert.Equal(240 - 10 - 6, Watched(ConditionStatus.True, 2).FreePorts); // 10 rules of others, four of which are spare
    }

    [Theory]
    [InlineData(ConditionStatus.True, 2, false, null)]
    [InlineData(ConditionStatus.False, 2, false, 30)] // since the condition is False
    [InlineData(ConditionStatus.True, 1, false, 120)] // since the spec changed
    [InlineData(null, 2, false, 120)]
    [InlineData(ConditionStatus.True, 2, true, 60)] // since the removal was requested
    public void A_cluster_that_is_not_ready_says_for_how_long(ConditionStatus? ready, long observed, bool isLeaving, int? minutes)
    {
        Assert.Equal(minutes, Watched(ready, observed, isLeaving).Unready?.TotalMinutes);
    }

    private static WatchedCluster Watched(ConditionStatus? ready, long observed, bool isLeaving = false)
    {
        var metadata = new Metadata(Id.Path, Id.Name, 2, "", Now.AddHours(-3), Now.AddHours(-2), isLeaving ? Now.AddHours(-1) : null);
        var spec = new ClusterSpec { Location = "eastus2" };
        var status = new ResourceStatus
        {
            OtherRules = 10,
            Conditions = ready is { } known
                ? [new Condition(ConditionTypes.Ready, known, Reasons.AsDesired, "", Now.AddMinutes(-30), observed)]
                : [],
        };
        var document = new ClusterDocument(Id, spec, metadata, 1, Ports: 10, isLeaving ? new Removal(KeepAzure: false) : null);
        var cluster = new ClusterState(
            new Resource<ClusterSpec>(spec, metadata, status),
            document,
            ConvergenceDocument.None,
            "",
            StateChange.New,
            StateChange.New
        );
        return Watchdog.Of(Id, cluster, null, TimeSpan.Zero, TimeSpan.FromMinutes(1), new Limits(Limits.DefaultPorts), Now);
    }
}
