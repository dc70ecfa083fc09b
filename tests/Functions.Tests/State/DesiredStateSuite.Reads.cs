using MeshPort.Model;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

/// <summary>The number of reads and writes that a pass of an idle cluster makes.</summary>
public abstract partial class DesiredStateSuite<THome>
{
    [Fact]
    public async Task An_idle_pass_makes_three_reads_and_no_write()
    {
        await PutFinishedExposuresAsync("a", "a-b", "b");
        var watched = new WatchedStore(_store) { CommitsLeft = 0 };
        var log = new StatusStore(watched, TimeProvider.System);

        Assert.Equal("c1", (await log.TakeUpAsync(Cluster, "c2", null, Token))?.Progress.Instance);
        Assert.False((await new ClusterStore(watched, TimeProvider.System).LoadAsync(Cluster, Token))?.IsWork);
        var listed = await new ExposureStore(watched).ListAsync(Cluster, Token);

        Assert.Equal(["a", "a-b", "b"], listed.Select(exposure => exposure.Metadata.Name));
        Assert.All(listed, exposure => Assert.True(exposure.Status.IsTrue(ConditionTypes.PortOpen)));
        Assert.Equal(3, watched.Calls);
        await log.TakeUpAsync(Cluster, "c2", 1, Token);
        await log.ObserveAsync(Cluster, 4, Token);
        Assert.Equal(5, watched.Calls);
    }

    [Fact]
    public async Task A_convergence_that_began_idle_takes_up_a_later_request_unless_another_has_taken_up_work()
    {
        await PutFinishedExposuresAsync("a");
        await _log.TakeUpAsync(Cluster, "idle", null, Token);
        var late = await _requests.PutAsync(Cluster, "late", Exposure(9100), Precondition.None, By, Token);

        Assert.Equal("idle", (await _log.TakeUpAsync(Cluster, "idle", 1, Token))?.Progress.Instance);

        Assert.Equal("idle", (await _operations.FindAsync(Cluster, late.OperationId ?? "", Token))?.Instance);
        await _requests.PutAsync(Cluster, "later", Exposure(9101), Precondition.None, By, Token);
        Assert.Null(await _log.TakeUpAsync(Cluster, "other", 1, Token));
    }

    [Fact]
    public async Task One_read_finds_one_exposure_with_its_status_and_a_page_of_them()
    {
        await PutFinishedExposuresAsync("a", "a-b", "a-c", "b");
        await _requests.PutAsync(Cluster, "a1", Exposure(9200), Precondition.None, By, Token); // without a status
        var watched = new WatchedStore(_store);
        var exposures = new ExposureStore(watched);

        Assert.Equal("a", (await exposures.GetAsync(Cluster, "a", Token))?.Metadata.Name);
        Assert.Null(await exposures.GetAsync(Cluster, "a-", Token));
        Assert.Equal(["a-c", "a1"], (await exposures.ListAsync(Cluster, "a-b", 2, Token)).Select(exposure => exposure.Metadata.Name));
        Assert.Equal(3, watched.Calls);
        var page = await exposures.ListAsync(Cluster, null, 3, Token);
        Assert.Equal(["a", "a-b", "a-c"], page.Select(exposure => exposure.Metadata.Name));
        Assert.All(page, exposure => Assert.True(exposure.Status.IsTrue(ConditionTypes.PortOpen)));
        Assert.Equal(["b"], (await exposures.ListAsync(Cluster, "a1", 3, Token)).Select(exposure => exposure.Metadata.Name));
    }

    /// <summary>Convergence <c>c1</c> has finished everything.</summary>
    private async Task PutFinishedExposuresAsync(params string[] names)
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        foreach (var (number, name) in names.Index())
        {
            await _requests.PutAsync(Cluster, name, Exposure(9000 + number), Precondition.None, By, Token);
        }

        var change = (await _log.TakeUpAsync(Cluster, "c1", null, Token))?.Document.Change ?? 0;
        await _log.RecordExposuresAsync(
            Cluster,
            (await _exposures.ListAsync(Cluster, Token)).Select(exposure =>
                (
                    exposure.Metadata.Name,
                    exposure.Status.With(
                        ConditionTypes.PortOpen,
                        Observation.True(Reasons.AsDesired, "open"),
                        1,
                        exposure.Metadata.UpdatedAt
                    )
                )
            ),
            Token
        );
        await _log.ObserveAsync(Cluster, change, Token);
    }
}
