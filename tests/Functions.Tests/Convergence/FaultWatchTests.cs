using MeshPort.Convergence;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Convergence;

public sealed class FaultWatchTests
{
    private static readonly DateTime Start = new(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly Observation Fault = Observation.Unknown(Reasons.ApiServerUnreachable, "away");
    private const string Condition = ConditionTypes.MeshReady;
    private static readonly Observation Waiting = Observation.Unknown(Reasons.MeshStarting, "starts");

    [Fact]
    public void A_fault_counts_from_the_last_observation_and_is_reported_once()
    {
        var watch = new FaultWatch(Start);

        Assert.False(watch.HasLasted(Waiting, Start.AddSeconds(50), Condition));
        Assert.False(watch.HasLasted(Fault, Start.AddSeconds(94), Condition));
        Assert.True(watch.HasLasted(Fault, Start.AddSeconds(95), Condition));
        Assert.False(watch.HasLasted(Fault, Start.AddSeconds(500), Condition));
    }

    [Fact]
    public void A_first_observation_that_took_long_to_fail_has_lasted() =>
        Assert.True(new FaultWatch(Start).HasLasted(Fault, Start.AddSeconds(60), Condition));

    [Fact]
    public void Another_fault_or_condition_that_follows_is_reported_too()
    {
        var watch = new FaultWatch(Start);

        Assert.True(watch.HasLasted(Fault, Start.AddSeconds(60), ConditionTypes.PortOpen));
        Assert.True(watch.HasLasted(Fault, Start.AddSeconds(65), ConditionTypes.WorkloadReady));
        Assert.True(watch.HasLasted(Fault with { Reason = Reasons.AccessDenied }, Start.AddSeconds(70), ConditionTypes.WorkloadReady));
        Assert.False(watch.HasLasted(Fault with { Reason = Reasons.AccessDenied }, Start.AddSeconds(75), ConditionTypes.WorkloadReady));
    }

    [Fact]
    public void An_observation_in_between_ends_the_fault()
    {
        var watch = new FaultWatch(Start);

        Assert.True(watch.HasLasted(Fault, Start.AddSeconds(60), Condition));
        Assert.False(watch.HasLasted(Waiting, Start.AddSeconds(70), Condition));
        Assert.False(watch.HasLasted(Fault, Start.AddSeconds(114), Condition));
        Assert.True(watch.HasLasted(Fault, Start.AddSeconds(115), Condition));
    }

    [Fact]
    public void A_step_that_hides_what_depends_on_it_counts_as_a_fault()
    {
        var watch = new FaultWatch(Start);

        Assert.False(watch.HasLasted(Waiting, Start.AddSeconds(44), Condition, hides: true));
        Assert.True(watch.HasLasted(Waiting, Start.AddSeconds(45), Condition, hides: true));
        Assert.False(watch.HasLasted(Waiting, Start.AddSeconds(90), Condition, hides: true));
        Assert.False(watch.HasLasted(Waiting, Start.AddSeconds(99), Condition));
    }

    [Fact]
    public void A_pause_ends_when_a_fault_has_lasted()
    {
        var (watch, pause) = (new FaultWatch(Start), TimeSpan.FromSeconds(30));

        watch.HasLasted(Waiting, Start, Condition);
        Assert.Equal(pause, watch.Limit(pause, Start.AddSeconds(35)));
        watch.HasLasted(Fault, Start.AddSeconds(35), Condition);
        Assert.Equal(TimeSpan.FromSeconds(10), watch.Limit(pause, Start.AddSeconds(35)));
        watch.HasLasted(Fault, Start.AddSeconds(45), Condition);
        Assert.Equal(pause, watch.Limit(pause, Start.AddSeconds(45)));
    }

    [Theory]
    [InlineData(ConditionStatus.Unknown, Reasons.ApiServerUnreachable, true)]
    [InlineData(ConditionStatus.Unknown, Reasons.AzureUnavailable, true)]
    [InlineData(ConditionStatus.Unknown, Reasons.Throttled, true)]
    [InlineData(ConditionStatus.Unknown, Reasons.AccessDenied, true)]
    [InlineData(ConditionStatus.False, Reasons.AccessDenied, false)]
    [InlineData(ConditionStatus.Unknown, Reasons.ClusterUpdating, false)]
    [InlineData(ConditionStatus.Unknown, Reasons.NotReachableFromHere, false)]
    public void A_fault_is_what_keeps_MeshPort_from_observing(ConditionStatus status, string reason, bool isUnobserved) =>
        Assert.Equal(isUnobserved, new Observation(status, reason, "").IsUnobserved);

    [Theory]
    [InlineData(ConditionStatus.False, Reasons.ClusterStopped, "stopped", Reasons.Blocked, "ClusterReady is False: stopped")]
    [InlineData(ConditionStatus.Unknown, Reasons.Blocked, "MeshReady is False: broken", Reasons.Blocked, "MeshReady is False: broken")]
    [InlineData(ConditionStatus.Unknown, Reasons.ApiServerUnreachable, "away", Reasons.ApiServerUnreachable, "away")]
    public void A_condition_that_depends_on_another_names_the_root_cause(
        ConditionStatus status,
        string reason,
        string message,
        string expectedReason,
        string expected
    ) =>
        Assert.Equal(
            Observation.Unknown(expectedReason, expected),
            new Observation(status, reason, message).DependentOn(ConditionTypes.ClusterReady)
        );

    [Theory]
    [InlineData(StepStatus.Running, OperationStatus.Succeeded, StepStatus.Succeeded)]
    [InlineData(StepStatus.Running, OperationStatus.Failed, StepStatus.Failed)]
    [InlineData(StepStatus.Running, OperationStatus.Canceled, StepStatus.Skipped)]
    [InlineData(StepStatus.Pending, OperationStatus.Succeeded, StepStatus.Skipped)]
    [InlineData(StepStatus.Failed, OperationStatus.Succeeded, StepStatus.Failed)]
    [InlineData(StepStatus.Succeeded, OperationStatus.Failed, StepStatus.Succeeded)]
    public void No_step_of_an_ended_operation_still_runs(StepStatus step, OperationStatus operation, StepStatus expected) =>
        Assert.Equal(expected, new Step("OpenPorts", step, null, null, 1, null).EndedWith(operation, Start).Status);

    [Fact]
    public void A_step_that_goes_on_for_others_says_so()
    {
        var step = new Step("ProveReachability", StepStatus.Running, Start, null, 1, "1 of 2 exposures as desired.");

        Assert.Equal(
            "1 of 2 exposures as desired. The step continues for other requests.",
            step.EndedWith(OperationStatus.Succeeded, Start).Message
        );
    }
}
