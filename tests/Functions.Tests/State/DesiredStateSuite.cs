using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshPort.Functions.Tests.State;

public sealed class DesiredStateInSqliteTests : DesiredStateSuite<SqliteHome>;

public sealed class DesiredStateInTablesTests : DesiredStateSuite<TableHome>;

public abstract partial class DesiredStateSuite<THome> : IDisposable
    where THome : StoreHome, new()
{
    private static readonly ClusterId Cluster = new("00000000-0000-0000-0000-000000000000", "group.(1)", "cluster");
    private static readonly ClusterSpec Spec = new() { Location = "eastus2" };
    private static readonly Requester By = new(RequestTrigger.Http, "ann", "trace");
    private readonly THome _home = new();
    private readonly IStateStore _store;
    private readonly ClusterStore _clusters;
    private readonly ClusterRemoval _clusterRemoval;
    private readonly ExposureStore _exposures;
    private readonly ExposureRequests _requests;
    private readonly ExposureRemoval _removal;
    private readonly StatusStore _log;
    private readonly Operations _operations;

    protected DesiredStateSuite()
    {
        _store = _home.Open();
        _clusters = new ClusterStore(_store, TimeProvider.System);
        _clusterRemoval = new ClusterRemoval(_store, TimeProvider.System);
        _exposures = new ExposureStore(_store);
        _requests = Requests(_store, Limits.DefaultPorts);
        _removal = new ExposureRemoval(_store, new WriterLocks(), TimeProvider.System);
        _log = new StatusStore(_store, TimeProvider.System);
        _operations = new Operations(_store, TimeProvider.System);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _home.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task The_same_spec_changes_nothing_and_another_spec_makes_a_new_generation()
    {
        var created = await _clusters.PutAsync(
            Cluster,
            Spec with
            {
                Tags = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" },
            },
            Precondition.None,
            By,
            Token
        );
        var again = await _clusters.PutAsync(
            Cluster,
            Spec with
            {
                Tags = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" },
            },
            Precondition.None,
            By,
            Token
        );
        var other = await _clusters.PutAsync(Cluster, Spec with { KubernetesVersion = "1.34" }, Precondition.None, By, Token);

        Assert.Equal((PutOutcome.Created, PutOutcome.Unchanged, PutOutcome.Updated), (created.Outcome, again.Outcome, other.Outcome));
        Assert.Equal(created.Resource?.Metadata, again.Resource?.Metadata);
        Assert.Null(again.OperationId);
        Assert.Equal(2, other.Resource?.Metadata.Generation);
        Assert.NotEqual(created.Resource?.Metadata.Etag, other.Resource?.Metadata.Etag);
    }

    [Fact]
    public async Task Preconditions_hold_or_nothing_is_written()
    {
        Assert.Equal(PutOutcome.PreconditionFailed, (await _clusters.PutAsync(Cluster, Spec, Precondition.Exists, By, Token)).Outcome);
        var created = await _clusters.PutAsync(Cluster, Spec, Precondition.IsNew, By, Token);
        Assert.Equal(PutOutcome.PreconditionFailed, (await _clusters.PutAsync(Cluster, Spec, Precondition.IsNew, By, Token)).Outcome);
        Assert.Equal(
            PutOutcome.PreconditionFailed,
            (await _clusters.PutAsync(Cluster, Spec with { KubernetesVersion = "1.34" }, Precondition.Has("old"), By, Token)).Outcome
        );
        Assert.Equal(
            PutOutcome.Updated,
            (
                await _clusters.PutAsync(
                    Cluster,
                    Spec with
                    {
                        KubernetesVersion = "1.34",
                    },
                    Precondition.Has("old", created.Resource!.Metadata.Etag),
                    By,
                    Token
                )
            ).Outcome
        );
    }

    [Fact]
    public async Task Concurrent_requests_for_a_port_give_it_one_owner()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);

        ExposureRequests[] processes = [_requests, Requests(_home.Open(), Limits.DefaultPorts)];
        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(number =>
                    Task.Run(() => processes[number % 2].PutAsync(Cluster, $"e{number}", Exposure(9000), Precondition.None, By, Token))
                )
        );

        var winner = Assert.Single(results, result => result.Outcome == PutOutcome.Created);
        Assert.All(
            results.Where(result => result != winner),
            result =>
                Assert.Equal(
                    (PutOutcome.Taken, true),
                    (result.Outcome, result.Detail?.Contains($"'{winner.Resource?.Metadata.Name}'", StringComparison.Ordinal))
                )
        );
    }

    [Fact]
    public async Task A_workload_name_has_one_owner()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var workload = new WorkloadSpec { Image = "istio/tcp-echo-server:1.1", ContainerPort = 9000 };
        await _requests.PutAsync(Cluster, "first", Exposure(9000) with { Workload = workload }, Precondition.None, By, Token);

        var second = await _requests.PutAsync(Cluster, "second", Exposure(9001) with { Workload = workload }, Precondition.None, By, Token);
        var shared = await _requests.PutAsync(Cluster, "shared", Exposure(9001), Precondition.None, By, Token);

        Assert.Equal((PutOutcome.Taken, "/spec/backends/0/service"), (second.Outcome, second.Pointer));
        Assert.Equal(PutOutcome.Created, shared.Outcome); // exposures may share a backend
    }

    [Fact]
    public async Task Gateways_have_separate_ports_and_a_moved_exposure_releases_its_port()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await _requests.PutAsync(Cluster, "first", Exposure(9000), Precondition.None, By, Token);

        Assert.Equal(
            PutOutcome.Created,
            (
                await _requests.PutAsync(
                    Cluster,
                    "inside",
                    Exposure(9000) with
                    {
                        Gateway = GatewayKind.Internal,
                    },
                    Precondition.None,
                    By,
                    Token
                )
            ).Outcome
        );
        Assert.Equal(
            PutOutcome.Updated,
            (await _requests.PutAsync(Cluster, "first", Exposure(9001), Precondition.None, By, Token)).Outcome
        );
        Assert.Equal(
            PutOutcome.Created,
            (await _requests.PutAsync(Cluster, "second", Exposure(9000), Precondition.None, By, Token)).Outcome
        );
    }

    [Fact]
    public async Task An_exposure_of_an_unknown_cluster_is_refused() =>
        Assert.Equal(
            PutOutcome.ClusterNotFound,
            (await _requests.PutAsync(Cluster, "echo", Exposure(9000), Precondition.None, By, Token)).Outcome
        );

    [Fact]
    public async Task A_change_is_work_until_the_convergence_that_took_it_up_ends()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var first = (await _log.TakeUpAsync(Cluster, "c1", null, Token))!.Document.Change; // the cluster exists
        var late = await _requests.PutAsync(Cluster, "late", Exposure(9000), Precondition.None, By, Token);
        await EndAsync(first, _ => OperationStatus.Succeeded);

        Assert.True((await _log.LoadAsync(Cluster, Token))?.IsWork, "the late exposure is still to be done");
        Assert.Equal((OperationStatus.Running, null), Known(await _operations.FindAsync(Cluster, late.OperationId ?? "", Token)));

        var second = (await _log.TakeUpAsync(Cluster, "c2", null, Token))!.Document.Change; // the cluster exists
        Assert.Equal((OperationStatus.Running, "c2"), Known(await _operations.FindAsync(Cluster, late.OperationId ?? "", Token)));
        await EndAsync(second, operation => operation.Exposures?.Contains("late") == true ? OperationStatus.Succeeded : null);

        Assert.False((await _log.LoadAsync(Cluster, Token))?.IsWork);
        Assert.Equal((OperationStatus.Succeeded, null), Known(await _operations.FindAsync(Cluster, late.OperationId ?? "", Token)));

        async Task EndAsync(long change, Func<OperationDocument, OperationStatus?> outcome)
        {
            await _operations.EndAsync(Cluster, change, change, isOver: true, [], outcome, Token);
            await _log.ObserveAsync(Cluster, change, Token);
        }

        static (OperationStatus?, string?) Known(ServedOperation? found) => (found?.Operation.Status, found?.Instance);
    }

    [Fact]
    public async Task Only_succeeded_operations_end_while_a_convergence_continues()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var good = await _requests.PutAsync(Cluster, "good", Exposure(9000), Precondition.None, By, Token);
        var slow = await _requests.PutAsync(Cluster, "slow", Exposure(9001), Precondition.None, By, Token);
        var change = (await _log.TakeUpAsync(Cluster, "c1", null, Token))!.Document.Change; // the cluster exists

        await _operations.EndAsync(
            Cluster,
            change,
            change,
            isOver: false,
            [],
            operation => operation.Exposures?.Contains("good") == true ? OperationStatus.Succeeded : null,
            Token
        );

        Assert.Equal(OperationStatus.Succeeded, (await _operations.FindAsync(Cluster, good.OperationId ?? "", Token))?.Operation.Status);
        Assert.Equal(OperationStatus.Running, (await _operations.FindAsync(Cluster, slow.OperationId ?? "", Token))?.Operation.Status);
    }

    [Fact]
    public async Task A_batch_is_accepted_whole_or_not_at_all_unless_it_is_partial()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await _requests.PutAsync(Cluster, "first", Exposure(9000), Precondition.None, By, Token);
        ExposureChange[] changes =
        [
            new("a", Exposure(9001), Precondition.None),
            new("b", Exposure(9000), Precondition.None),
            new("c", Exposure(9001), Precondition.None),
        ];

        var whole = await _requests.ChangeAsync(Cluster, changes, partial: false, By, Token);
        Assert.Equal([PutOutcome.HeldBack, PutOutcome.Taken, PutOutcome.Taken], whole.Items.Select(item => item.Result.Outcome));
        Assert.Null(whole.OperationId);
        Assert.Single(await _exposures.ListAsync(Cluster, Token));

        var partial = await _requests.ChangeAsync(Cluster, changes, partial: true, By, Token);
        Assert.Equal([PutOutcome.Created, PutOutcome.Taken, PutOutcome.Taken], partial.Items.Select(item => item.Result.Outcome));
        Assert.NotNull(partial.OperationId);
        Assert.Equal(["a", "first"], (await _exposures.ListAsync(Cluster, Token)).Select(exposure => exposure.Metadata.Name));
    }

    [Fact]
    public async Task A_deleted_exposure_keeps_its_port_until_it_is_forgotten()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await _requests.PutAsync(Cluster, "first", Exposure(9000), Precondition.None, By, Token);

        Assert.Equal(PutOutcome.Deleting, (await _requests.DeleteAsync(Cluster, "first", Precondition.None, By, Token)).Outcome);
        Assert.Equal(
            PutOutcome.BeingDeleted,
            (await _requests.PutAsync(Cluster, "first", Exposure(9001), Precondition.None, By, Token)).Outcome
        );
        Assert.Equal(PutOutcome.Taken, (await _requests.PutAsync(Cluster, "second", Exposure(9000), Precondition.None, By, Token)).Outcome);

        var change = (await _log.LoadAsync(Cluster, Token))!.Document.Change; // the cluster exists
        await _removal.ForgetAsync(Cluster, change - 1, Token);
        Assert.Single(await _exposures.ListAsync(Cluster, Token)); // the DELETE came after that change
        await _removal.ForgetAsync(Cluster, change, Token);

        Assert.Empty(await _exposures.ListAsync(Cluster, Token));
        Assert.Equal(
            PutOutcome.Created,
            (await _requests.PutAsync(Cluster, "second", Exposure(9000), Precondition.None, By, Token)).Outcome
        );
    }

    [Fact]
    public async Task A_cluster_that_is_being_deleted_accepts_nothing_and_is_forgotten_with_all_its_documents()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await _requests.PutAsync(Cluster, "first", Exposure(9000), Precondition.None, By, Token);
        var removal = await _clusters.DeleteAsync(Cluster, keepAzure: true, Precondition.None, By, Token);

        Assert.Equal(PutOutcome.Deleting, removal.Outcome);
        Assert.Equal(PutOutcome.BeingDeleted, (await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token)).Outcome);
        Assert.Equal(
            PutOutcome.BeingDeleted,
            (await _requests.PutAsync(Cluster, "second", Exposure(9001), Precondition.None, By, Token)).Outcome
        );

        await _clusterRemoval.TryForgetAsync(Cluster, [], Token);
        Assert.Null(await _clusters.GetAsync(Cluster, Token));
        Assert.Empty(await _clusters.ListIdsAsync(Token));
        Assert.Equal(OperationStatus.Succeeded, (await _operations.FindAsync(Cluster, removal.OperationId ?? "", Token))?.Operation.Status);
        Assert.Equal(1, (await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token)).Resource?.Metadata.Generation);
        Assert.Empty(await _exposures.ListAsync(Cluster, Token));
    }

    [Fact]
    public async Task A_repeated_removal_spares_a_cluster_that_was_created_again()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await _clusters.DeleteAsync(Cluster, keepAzure: true, Precondition.None, By, Token);
        var forget = new ForgetCluster(_clusterRemoval, TimeProvider.System, NullLogger<ForgetCluster>.Instance);
        var request = new EndRequest(Cluster, 2, 2, 2, [], null, IsOver: true, DateTimeOffset.UnixEpoch);
        await forget.RunAsync(request, Token);
        var anew = await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);

        await forget.RunAsync(request, Token); // the result of the activity was lost
        await _log.ObserveAsync(Cluster, 2, Token);

        Assert.Equal(anew.Resource?.Metadata, (await _clusters.GetAsync(Cluster, Token))?.Metadata);
        Assert.Equal(OperationStatus.Running, (await _operations.FindAsync(Cluster, anew.OperationId ?? "", Token))?.Operation.Status);
        Assert.Equal([Cluster], await _clusters.ListIdsAsync(Token));
        Assert.True((await _log.LoadAsync(Cluster, Token))?.IsWork);
    }

    [Fact]
    public async Task Progress_left_by_a_deleted_cluster_does_not_hide_work_of_a_new_cluster_of_its_name()
    {
        await _store.TryCommitAsync(
            Documents.Partition(Cluster),
            [StateChange.Put(Documents.Convergence, new ConvergenceDocument(7, 7, "old", 7))],
            Token
        );

        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);

        Assert.True((await _log.LoadAsync(Cluster, Token))?.IsWork);
    }

    [Fact]
    public async Task History_has_requests_and_observations_and_keeps_a_hundred()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        for (var number = 0; number < 150; number++)
        {
            var observation =
                number % 2 == 0
                    ? Observation.True(Reasons.AsDesired, $"{number}")
                    : Observation.False(Reasons.NetworkConflict, $"{number}");
            await _log.RecordClusterAsync(Cluster, (status, now) => status.With(ConditionTypes.NetworkReady, observation, 1, now), Token);
        }

        var history = await _log.ReadHistoryAsync(Cluster, null, Token);

        Assert.Equal(100, history.Count);
        Assert.Equal("149", history[^1].Message);
        await _clusters.PutAsync(Cluster, Spec with { KubernetesVersion = "1.34" }, Precondition.None, By, Token);
        Assert.Equal(By, (await _log.ReadHistoryAsync(Cluster, null, Token))[^1].By);
    }

    [Fact]
    public async Task Requests_for_exposures_do_not_push_requests_for_the_cluster_out_of_its_history()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        for (var number = 0; number < 99; number++)
        {
            await _requests.PutAsync(Cluster, "echo", Exposure(9000 + number), Precondition.None, By, Token);
        }

        await _clusters.PutAsync(Cluster, Spec with { KubernetesVersion = "1.34" }, Precondition.None, By, Token);
        await _clusters.ReconcileAsync(Cluster, By, Token);
        await _clusters.RequestLookAsync(Cluster, new HistoryEntry(_log.Now, HistoryTypes.AzureEvent, null, "News", ""), Token);

        Assert.Equal(
            ["Created", "Updated", "Reconcile", "News"],
            (await _log.ReadHistoryAsync(Cluster, null, Token)).Select(entry => entry.Reason)
        );
        Assert.Equal(99, (await _log.ReadHistoryAsync(Cluster, "echo", Token)).Count);
    }

    [Fact]
    public async Task A_forgotten_exposure_leaves_no_documents_to_a_new_one_of_its_name()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await _requests.PutAsync(Cluster, "echo", Exposure(9000), Precondition.None, By, Token);
        await _requests.PutAsync(Cluster, "echo-2", Exposure(9001), Precondition.None, By, Token);
        await _log.RecordExposuresAsync(
            Cluster,
            [
                (
                    "echo",
                    ResourceStatus
                        .New(ConditionTypes.OfExposure, _log.Now)
                        .With(ConditionTypes.PortOpen, Observation.True(Reasons.AsDesired, ""), 1, _log.Now)
                ),
            ],
            Token
        );
        await _requests.DeleteAsync(Cluster, "echo", Precondition.None, By, Token);
        Assert.Equal(3, (await _log.ReadHistoryAsync(Cluster, "echo", Token)).Count);

        await _removal.ForgetAsync(Cluster, long.MaxValue, Token);

        Assert.DoesNotContain(await _store.ListKeysAsync(Documents.Partition(Cluster), Token), key => key.Split('|').Contains("echo"));
        Assert.Single(await _log.ReadHistoryAsync(Cluster, "echo-2", Token));
        await _requests.PutAsync(Cluster, "echo", Exposure(9000), Precondition.None, By, Token);
        Assert.Equal("Created", Assert.Single(await _log.ReadHistoryAsync(Cluster, "echo", Token)).Reason);
    }

    [Fact]
    public async Task A_replaced_convergence_takes_up_no_more_changes()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await _log.TakeUpAsync(Cluster, "c1", null, Token);
        await _log.TakeUpAsync(Cluster, "c2", null, Token);
        var late = await _requests.PutAsync(Cluster, "late", Exposure(9000), Precondition.None, By, Token);

        Assert.Null(await _log.TakeUpAsync(Cluster, "c1", 1, Token));
        Assert.NotNull(await _log.TakeUpAsync(Cluster, "c2", 1, Token));
        Assert.Equal("c2", (await _operations.FindAsync(Cluster, late.OperationId ?? "", Token))?.Instance);
    }

    [Fact]
    public async Task A_removal_cancels_unfinished_operations()
    {
        var made = await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var one = await _requests.PutAsync(Cluster, "one", Exposure(9000), Precondition.None, By, Token);
        var gone = await _requests.DeleteAsync(Cluster, "one", Precondition.None, By, Token);
        var removal = await _clusters.DeleteAsync(Cluster, keepAzure: false, Precondition.None, By, Token);

        await _clusterRemoval.TryForgetAsync(Cluster, [], Token);

        Assert.Equal(
            [OperationStatus.Canceled, OperationStatus.Canceled, OperationStatus.Succeeded, OperationStatus.Succeeded],
            await Task.WhenAll(
                new[] { made.OperationId, one.OperationId, gone.OperationId, removal.OperationId }.Select(async id =>
                    (await _operations.FindAsync(Cluster, id ?? "", Token))?.Operation.Status
                )
            )
        );
    }

    [Fact]
    public async Task Deleting_a_missing_exposure_is_not_found_despite_preconditions_and_a_taken_port_tells_its_owner()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        Assert.Equal(PutOutcome.NotFound, (await _requests.DeleteAsync(Cluster, "nobody", Precondition.Exists, By, Token)).Outcome);
        Assert.Equal(
            PutOutcome.PreconditionFailed,
            (await _requests.PutAsync(Cluster, "nobody", Exposure(9000), Precondition.Exists, By, Token)).Outcome
        );

        await _requests.PutAsync(Cluster, "first", Exposure(9000), Precondition.None, By, Token);
        Assert.Contains(
            "delete that exposure",
            (await _requests.PutAsync(Cluster, "second", Exposure(9000), Precondition.None, By, Token)).Detail,
            StringComparison.Ordinal
        );
        await _requests.DeleteAsync(Cluster, "first", Precondition.None, By, Token);
        Assert.Contains(
            "is being deleted",
            (await _requests.PutAsync(Cluster, "second", Exposure(9000), Precondition.None, By, Token)).Detail,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_convergence_takes_up_late_exposures_but_not_a_late_cluster_spec()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var start = await _log.TakeUpAsync(Cluster, "c1", null, Token);
        await _requests.PutAsync(Cluster, "late", Exposure(9000), Precondition.None, By, Token);
        Assert.Equal(2, (await _log.TakeUpAsync(Cluster, "c1", start?.Document.Metadata.Generation, Token))?.Document.Change);

        await _clusters.PutAsync(Cluster, Spec with { KubernetesVersion = "1.34" }, Precondition.None, By, Token);
        Assert.Null(await _log.TakeUpAsync(Cluster, "c1", start?.Document.Metadata.Generation, Token));
    }

    [Fact]
    public async Task Writing_status_does_not_change_the_spec()
    {
        var created = await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        await _log.RecordClusterAsync(
            Cluster,
            (status, now) => status.With(ConditionTypes.NetworkReady, Observation.True(Reasons.AsDesired, "there"), 1, now),
            Token
        );

        var found = await _clusters.GetAsync(Cluster, Token);
        Assert.True(found?.Status.IsTrue(ConditionTypes.NetworkReady));
        Assert.Equal(created.Resource?.Metadata, found?.Metadata);
    }

    [Fact]
    public async Task Concurrent_steps_do_not_overwrite_conditions_or_history()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var watched = new WatchedStore(_store);
        watched.BeforeCommit = async () =>
        {
            watched.BeforeCommit = null;
            await RecordAsync(_log, ConditionTypes.FeaturesRegistered);
        };

        await RecordAsync(new StatusStore(watched, TimeProvider.System), ConditionTypes.NetworkReady);

        var status = (await _clusters.GetAsync(Cluster, Token))?.Status;
        Assert.Equal((true, true), (status?.IsTrue(ConditionTypes.FeaturesRegistered), status?.IsTrue(ConditionTypes.NetworkReady)));
        Assert.Equal(
            [ConditionTypes.FeaturesRegistered, ConditionTypes.NetworkReady],
            (await _log.ReadHistoryAsync(Cluster, null, Token)).Where(entry => entry.Status is not null).Select(entry => entry.Type)
        );

        static Task RecordAsync(StatusStore log, string type) =>
            log.RecordClusterAsync(Cluster, (found, now) => found.With(type, Observation.True(Reasons.AsDesired, "there"), 1, now), Token);
    }

    private static ExposureRequests Requests(IStateStore store, int ports) =>
        new(store, new WriterLocks(), new Limits(ports), TimeProvider.System);

    private static ExposureSpec Exposure(int port) => new() { Port = port, Backends = [new BackendSpec("tcpecho", "default", port, 100)] };
}
