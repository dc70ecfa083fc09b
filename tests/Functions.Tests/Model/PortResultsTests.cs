using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Model;

/// <summary>The decision table of <see cref="PortResults"/>.</summary>
public sealed class PortResultsTests
{
    private static readonly StepResult Good = StepResult.Done(Observation.True("Fine", "it works"));
    private static readonly StepResult Open = StepResult.Done(Observation.Unknown("Open", "it is not known"));
    private static readonly StepResult Waits = StepResult.AskAgain("Slow", "it waits");
    private static readonly StepResult Bad = StepResult.Done(Observation.False("Taken", "it is taken"));

    [Fact]
    public void A_single_port_has_its_own_result() => Assert.Equal(Bad, PortResults.Merge([(9000, Bad)], 1));

    [Fact]
    public void Ports_that_are_all_True_are_told_together()
    {
        var result = PortResults.Merge([(9000, Good), (9001, Good)], 2);

        Assert.Equal(("Fine", "All 2 ports: it works"), (result.Observation.Reason, result.Observation.Message));
    }

    [Fact]
    public void Some_probed_ports_of_more_are_named()
    {
        var result = PortResults.Merge([(21, Good)], 102);

        Assert.Equal("1 of 102 ports (21): it works", result.Observation.Message);
    }

    [Fact]
    public void The_worst_port_decides_and_all_that_are_not_True_are_named()
    {
        Assert.Equal(Merged(Bad, "3 of 4 ports (9001-9003): it is taken"), Merge(Good, Waits, Bad, Open));
        Assert.Equal(Merged(Waits, "2 of 3 ports (9001-9002): it waits"), Merge(Good, Open, Waits));
        Assert.Equal(Merged(Open, "1 of 3 ports (9001): it is not known"), Merge(Good, Open, Good));
    }

    [Fact]
    public void A_port_that_is_left_open_does_not_hide_one_that_is_not_known()
    {
        var unobservable = Observation.Unknown(Reasons.NotReachableFromHere, "it is not reachable");

        Assert.Equal("Open", Merge(StepResult.Done(unobservable), Open).Observation.Reason);
        Assert.Equal("Open", Merge(new StepResult(unobservable, Wait: true), Open).Observation.Reason);
    }

    private static StepResult Merge(params StepResult[] results) =>
        PortResults.Merge([.. results.Select((result, index) => (9000 + index, result))], results.Length);

    private static StepResult Merged(StepResult result, string message) =>
        result with
        {
            Observation = result.Observation with { Message = message },
        };
}
