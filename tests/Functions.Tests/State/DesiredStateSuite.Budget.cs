using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

/// <summary>The port budget.</summary>
public abstract partial class DesiredStateSuite<THome>
{
    [Fact]
    public async Task The_port_budget_holds_and_moving_a_port_uses_no_more_of_it()
    {
        var exposures = Requests(_store, 2);
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await exposures.PutAsync(Cluster, "a", Exposure(9000), Precondition.None, By, Token);
        await exposures.PutAsync(Cluster, "b", Exposure(9001), Precondition.None, By, Token);

        var third = await exposures.PutAsync(Cluster, "c", Exposure(9002), Precondition.None, By, Token);
        Assert.Equal((PutOutcome.NoRoom, "/spec/port"), (third.Outcome, third.Pointer));
        Assert.Contains(Limits.Setting, third.Detail, StringComparison.Ordinal);
        Assert.Equal(PutOutcome.Updated, (await exposures.PutAsync(Cluster, "b", Exposure(9003), Precondition.None, By, Token)).Outcome);
        await exposures.DeleteAsync(Cluster, "a", Precondition.None, By, Token);
        await _removal.ForgetAsync(Cluster, long.MaxValue, Token);
        Assert.Equal(PutOutcome.Created, (await exposures.PutAsync(Cluster, "c", Exposure(9002), Precondition.None, By, Token)).Outcome);
    }

    [Fact]
    public async Task Rules_of_other_services_reduce_the_port_budget()
    {
        var exposures = Requests(_store, 10);
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await exposures.PutAsync(Cluster, "a", Exposure(9000), Precondition.None, By, Token);

        await _log.RecordClusterAsync(Cluster, (status, _) => status with { OtherRules = 13 }, Token); // four of them do not count

        var second = await exposures.PutAsync(Cluster, "b", Exposure(9001), Precondition.None, By, Token);
        Assert.Equal(PutOutcome.NoRoom, second.Outcome);
        Assert.Contains("room for 1.", second.Detail, StringComparison.Ordinal);
        await _log.RecordClusterAsync(Cluster, (status, _) => status with { OtherRules = 12 }, Token);
        Assert.Equal(PutOutcome.Created, (await exposures.PutAsync(Cluster, "b", Exposure(9001), Precondition.None, By, Token)).Outcome);
    }
}
