using MeshPort.Model;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

/// <summary>Exposures with several ports.</summary>
public abstract partial class DesiredStateSuite<THome>
{
    [Fact]
    public async Task An_exposure_with_many_ports_holds_each_of_them_until_it_is_removed()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await _requests.PutAsync(Cluster, "range", Range(30000, 30119), Precondition.None, By, Token);

        Assert.Equal(PutOutcome.Taken, (await PutAsync("one", Exposure(30077))).Outcome);
        Assert.Equal(PutOutcome.Updated, (await PutAsync("range", Range(30000, 30009))).Outcome);
        Assert.Equal(PutOutcome.Created, (await PutAsync("one", Exposure(30077))).Outcome);
        var refused = await PutAsync("range", Range(30070, 30079));
        Assert.Equal((PutOutcome.Taken, "/spec/ports/0"), (refused.Outcome, refused.Pointer));

        await _requests.DeleteAsync(Cluster, "range", Precondition.None, By, Token);
        Assert.Equal(PutOutcome.Taken, (await PutAsync("two", Exposure(30005))).Outcome);
        await _removal.ForgetAsync(Cluster, long.MaxValue, Token);
        Assert.Equal(PutOutcome.Created, (await PutAsync("two", Exposure(30005))).Outcome);
    }

    [Fact]
    public async Task The_claims_of_many_ports_are_released_in_several_commits_and_a_crash_between_them_loses_nothing()
    {
        var store = new WatchedStore(_store) { Room = 20 };
        var exposures = Requests(store, 60);
        var removal = new ExposureRemoval(store, new WriterLocks(), TimeProvider.System);
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await exposures.PutAsync(Cluster, "range", Range(30000, 30049), Precondition.None, By, Token);
        await exposures.PutAsync(Cluster, "one", Exposure(9000), Precondition.None, By, Token);
        await exposures.DeleteAsync(Cluster, "range", Precondition.None, By, Token);

        store.CommitsLeft = 3; // histories, and the first claims
        await Assert.ThrowsAsync<IOException>(() => removal.ForgetAsync(Cluster, long.MaxValue, Token));
        store.CommitsLeft = int.MaxValue;
        await removal.ForgetAsync(Cluster, long.MaxValue, Token);

        Assert.Equal(["one"], (await _exposures.ListAsync(Cluster, Token)).Select(exposure => exposure.Metadata.Name));
        var full = await exposures.PutAsync(Cluster, "again", Range(30000, 30058), Precondition.None, By, Token);
        Assert.Equal(PutOutcome.Created, full.Outcome); // all 59 ports that the budget has beside the other exposure
        Assert.Equal(PutOutcome.NoRoom, (await exposures.PutAsync(Cluster, "more", Exposure(9001), Precondition.None, By, Token)).Outcome);
    }

    private async Task<PutResult<ExposureSpec>> PutAsync(string name, ExposureSpec spec) =>
        await _requests.PutAsync(Cluster, name, spec, Precondition.None, By, Token);

    private static ExposureSpec Range(int first, int last) =>
        new() { Ports = [new PortRange(first, last)], Backends = [new BackendSpec("tcpecho", "default", first, 100)] };
}
