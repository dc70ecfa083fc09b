using MeshPort.Clusters;
using MeshPort.Exposures;
using MeshPort.State;
using Microsoft.Data.Sqlite;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class StateStoreTests : IDisposable
{
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "group", "cluster");
    private static readonly ClusterSpec Spec = new() { Location = "eastus2" };
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("meshport-state");
    private readonly StateStore _state;
    private readonly ConvergenceLog _log;

    public StateStoreTests()
    {
        var database = new Database(Path.Combine(_directory.FullName, "meshport.db"), StateStore.Schema);
        _state = new StateStore(database, TimeProvider.System);
        _log = new ConvergenceLog(database, TimeProvider.System);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task The_same_spec_again_changes_nothing_and_another_is_a_new_generation()
    {
        var created = await _state.PutClusterAsync(Cluster, Spec, Precondition.None, Token);
        var again = await _state.PutClusterAsync(Cluster, Spec, Precondition.None, Token);
        var other = await _state.PutClusterAsync(Cluster, Spec with { KubernetesVersion = "1.34" }, Precondition.None, Token);

        Assert.Equal((PutOutcome.Created, PutOutcome.Unchanged, PutOutcome.Updated), (created.Outcome, again.Outcome, other.Outcome));
        Assert.Equal(created.Resource?.Metadata, again.Resource?.Metadata);
        Assert.Null(again.OperationId);
        Assert.Equal(2, other.Resource?.Metadata.Generation);
        Assert.NotEqual(created.Resource?.Metadata.Etag, other.Resource?.Metadata.Etag);
    }

    [Fact]
    public async Task Preconditions_hold_or_nothing_is_written()
    {
        Assert.Equal(PutOutcome.PreconditionFailed, (await _state.PutClusterAsync(Cluster, Spec, new Precondition("*", false), Token)).Outcome);
        var created = await _state.PutClusterAsync(Cluster, Spec, new Precondition(null, MustBeNew: true), Token);
        Assert.Equal(PutOutcome.PreconditionFailed, (await _state.PutClusterAsync(Cluster, Spec, new Precondition(null, MustBeNew: true), Token)).Outcome);
        Assert.Equal(PutOutcome.PreconditionFailed, (await _state.PutClusterAsync(Cluster, Spec with { KubernetesVersion = "1.34" }, new Precondition("old", false), Token)).Outcome);
        Assert.Equal(PutOutcome.Updated, (await _state.PutClusterAsync(Cluster, Spec with { KubernetesVersion = "1.34" }, new Precondition(created.Resource?.Metadata.Etag, false), Token)).Outcome);
    }

    [Fact]
    public async Task A_port_has_one_owner_however_many_ask_at_once()
    {
        await _state.PutClusterAsync(Cluster, Spec, Precondition.None, Token);

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(() => _state.PutExposureAsync(Cluster, $"e{number}", Exposure(9000), Precondition.None, Token))));

        var winner = Assert.Single(results, result => result.Outcome == PutOutcome.Created);
        Assert.All(results.Where(result => result != winner), result => Assert.Equal((PutOutcome.Taken, true), (result.Outcome, result.Detail?.Contains($"'{winner.Resource?.Metadata.Name}'", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_workload_of_a_name_has_one_owner_too()
    {
        await _state.PutClusterAsync(Cluster, Spec, Precondition.None, Token);
        var workload = new WorkloadSpec("istio/tcp-echo-server:1.1", [], 9000, 1);
        await _state.PutExposureAsync(Cluster, "first", Exposure(9000) with { Workload = workload }, Precondition.None, Token);

        var second = await _state.PutExposureAsync(Cluster, "second", Exposure(9001) with { Workload = workload }, Precondition.None, Token);
        var shared = await _state.PutExposureAsync(Cluster, "shared", Exposure(9001), Precondition.None, Token);

        Assert.Equal((PutOutcome.Taken, "/spec/backends/0/service"), (second.Outcome, second.Pointer));
        Assert.Equal(PutOutcome.Created, shared.Outcome); // a backend may be shared
    }

    [Fact]
    public async Task The_same_port_of_the_other_gateway_is_free_and_a_moved_exposure_gives_its_port_back()
    {
        await _state.PutClusterAsync(Cluster, Spec, Precondition.None, Token);
        await _state.PutExposureAsync(Cluster, "first", Exposure(9000), Precondition.None, Token);

        Assert.Equal(PutOutcome.Created, (await _state.PutExposureAsync(Cluster, "inside", Exposure(9000) with { Gateway = GatewayKind.Internal }, Precondition.None, Token)).Outcome);
        Assert.Equal(PutOutcome.Updated, (await _state.PutExposureAsync(Cluster, "first", Exposure(9001), Precondition.None, Token)).Outcome);
        Assert.Equal(PutOutcome.Created, (await _state.PutExposureAsync(Cluster, "second", Exposure(9000), Precondition.None, Token)).Outcome);
    }

    [Fact]
    public async Task An_exposure_of_an_unknown_cluster_is_refused() =>
        Assert.Equal(PutOutcome.ClusterNotFound, (await _state.PutExposureAsync(Cluster, "echo", Exposure(9000), Precondition.None, Token)).Outcome);

    [Fact]
    public async Task A_change_is_work_until_a_convergence_that_took_it_up_has_ended()
    {
        await _state.PutClusterAsync(Cluster, Spec, Precondition.None, Token);
        var start = await _log.TakeUpAsync(Cluster, "c1", null, Token);
        var late = await _state.PutExposureAsync(Cluster, "late", Exposure(9000), Precondition.None, Token);
        await _log.EndAsync(Cluster, "c1", start?.Change ?? 0, [], _ => true, Token);

        var desire = await _log.FindDesireAsync(Cluster, Token);
        Assert.True(desire?.Change > desire?.Observed, "the late exposure is still to be done");
        Assert.Equal(OperationStatus.Running, (await _log.FindOperationAsync(Cluster, late.OperationId ?? "", Token))?.Status);

        var second = await _log.TakeUpAsync(Cluster, "c2", null, Token);
        await _log.EndAsync(Cluster, "c2", second?.Change ?? 0, [], exposure => exposure == "late", Token);
        desire = await _log.FindDesireAsync(Cluster, Token);
        Assert.Equal(desire?.Change, desire?.Observed);
        Assert.Equal(OperationStatus.Succeeded, (await _log.FindOperationAsync(Cluster, late.OperationId ?? "", Token))?.Status);
    }

    [Fact]
    public async Task A_convergence_takes_up_late_exposures_but_not_a_late_cluster_spec()
    {
        await _state.PutClusterAsync(Cluster, Spec, Precondition.None, Token);
        var start = await _log.TakeUpAsync(Cluster, "c1", null, Token);
        await _state.PutExposureAsync(Cluster, "late", Exposure(9000), Precondition.None, Token);
        Assert.Equal(2, (await _log.TakeUpAsync(Cluster, "c1", start?.Generation, Token))?.Change);

        await _state.PutClusterAsync(Cluster, Spec with { KubernetesVersion = "1.34" }, Precondition.None, Token);
        Assert.Null(await _log.TakeUpAsync(Cluster, "c1", start?.Generation, Token));
    }

    [Fact]
    public async Task Status_is_written_apart_from_the_spec()
    {
        var created = await _state.PutClusterAsync(Cluster, Spec, Precondition.None, Token);
        await _log.RecordClusterAsync(Cluster, (status, now) => status.With(ConditionTypes.NetworkReady, Verdict.True(Reasons.AsDesired, "there"), 1, now), Token);

        var found = await _state.GetClusterAsync(Cluster, Token);
        Assert.True(found?.Status.IsTrue(ConditionTypes.NetworkReady));
        Assert.Equal(created.Resource?.Metadata, found?.Metadata);
    }

    private static ExposureSpec Exposure(int port) => new() { Port = port, Backends = [new BackendSpec("tcpecho", "default", port, 100)] };
}
