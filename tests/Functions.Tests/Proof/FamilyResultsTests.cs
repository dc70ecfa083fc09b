using MeshPort.Model;
using MeshPort.Proof;
using Xunit;

namespace MeshPort.Functions.Tests.Proof;

/// <summary>The decision table of <see cref="FamilyResults"/>.</summary>
public sealed class FamilyResultsTests
{
    private static readonly StepResult Good = StepResult.Done(Observation.True(Reasons.Answered, "It answers."));
    private static readonly StepResult Bad = StepResult.AskAgain(Reasons.ConnectionTimedOut, "It does not answer.");
    private static readonly StepResult Unproven = StepResult.Done(Observation.Unknown(Reasons.IpFamilyNotProven, "No way out."));

    [Fact]
    public void One_address_has_its_own_result() => Assert.Same(Bad, FamilyResults.Merge([("20.0.0.7", Bad)]));

    [Fact]
    public void Two_addresses_that_answer_are_told_together()
    {
        var merged = FamilyResults.Merge([("20.0.0.7", Good), ("2603::7", Good)]);

        Assert.Equal(Observation.True(Reasons.Answered, "It answers. It answers."), merged.Observation);
    }

    [Fact]
    public void A_family_that_fails_is_named_with_the_one_that_works()
    {
        var merged = FamilyResults.Merge([("20.0.0.7", Good), ("2603::7", Bad)]);

        Assert.True(merged.Wait);
        Assert.Equal(Reasons.ConnectionTimedOut, merged.Observation.Reason);
        Assert.Equal("Over IPv6: It does not answer. IPv4 works.", merged.Observation.Message);
    }

    [Fact]
    public void An_address_that_is_not_proven_leaves_the_result_open_and_Ready_too()
    {
        var merged = FamilyResults.Merge([("20.0.0.7", Good), ("2603::7", Unproven)]);

        Assert.Equal((ConditionStatus.Unknown, Reasons.IpFamilyNotProven), (merged.Observation.Status, merged.Observation.Reason));
        Assert.False(Readiness.IsLeftOpen(merged.Observation.Status, merged.Observation.Reason));
    }

    [Fact]
    public void A_family_that_is_left_open_does_not_hide_one_that_nobody_has_seen()
    {
        var leftOpen = StepResult.Done(Observation.Unknown(Reasons.NotReachableFromHere, "Not from here."));

        var merged = FamilyResults.Merge([("20.0.0.7", leftOpen), ("2603::7", Unproven)]);

        Assert.Equal(Reasons.IpFamilyNotProven, merged.Observation.Reason);
        Assert.Equal("Over IPv4: Not from here. Over IPv6: No way out.", merged.Observation.Message);
        Assert.False(Readiness.IsLeftOpen(merged.Observation.Status, merged.Observation.Reason));
    }

    [Fact]
    public void Families_with_the_same_error_are_told_once() =>
        Assert.Equal("It does not answer.", FamilyResults.Merge([("20.0.0.7", Bad), ("2603::7", Bad)]).Observation.Message);
}
