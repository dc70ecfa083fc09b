using MeshPort.Model;
using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

/// <summary>Lists of operations.</summary>
public abstract partial class DesiredStateSuite<THome>
{
    [Fact]
    public async Task Operations_are_listed_newest_first_page_by_page_whether_open_or_ended()
    {
        var made = new List<string?> { (await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token)).OperationId };
        for (var number = 0; number < 6; number++)
        {
            made.Add((await _requests.PutAsync(Cluster, $"e{number}", Exposure(9000 + number), Precondition.None, By, Token)).OperationId);
        }

        var taken = await _log.TakeUpAsync(Cluster, "c1", null, Token);
        await _operations.EndAsync(
            Cluster,
            taken?.Document.Change ?? 0,
            taken?.Document.Change ?? 0,
            isOver: false,
            [],
            open => open.Change % 2 == 0 ? OperationStatus.Succeeded : null,
            Token
        );

        made.Reverse();
        foreach (var size in (int[])[1, 2, 3, 100])
        {
            Assert.Equal(made, (await ReadOperationsAsync(size)).Select(served => served.Operation.Id));
        }

        var all = await ReadOperationsAsync(100);
        Assert.Equal(["c1", null, "c1", null, "c1", null, "c1"], all.Select(served => served.Instance));
        Assert.Equal(["e5"], all[0].Operation.Exposures);
        Assert.Null(all[^1].Operation.Exposures);
    }

    [Fact]
    public async Task A_reconcile_request_after_a_convergence_began_is_left_to_the_next_one()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var began = (await _log.TakeUpAsync(Cluster, "c1", null, Token))?.Document.Change ?? 0;
        var exposure = (await _requests.PutAsync(Cluster, "e", Exposure(9000), Precondition.None, By, Token)).OperationId;
        var reconcile = await _clusters.ReconcileAsync(Cluster, By, Token);
        var taken = (await _log.TakeUpAsync(Cluster, "c1", 1, Token))?.Document.Change ?? 0;

        var ended = await _operations.EndAsync(Cluster, taken, began, isOver: true, [], _ => OperationStatus.Succeeded, Token);

        Assert.Contains(exposure, ended.Select(operation => operation.Id));
        Assert.DoesNotContain(reconcile, ended.Select(operation => operation.Id));
        Assert.Equal([reconcile], (await _operations.ListOpenAsync(Cluster, taken, Token)).Select(operation => operation.Id));
    }

    [Fact]
    public async Task An_operation_that_is_found_under_both_keys_is_listed_once_as_ended()
    {
        await _clusters.PutAsync(Cluster, Spec, Precondition.None, By, Token);
        var open = Assert.Single(await ReadOperationsAsync(10)).Operation;
        var ended = open.End(OperationStatus.Succeeded, [], DateTimeOffset.UnixEpoch).First(); // its writer died before the second write

        await _store.TryCommitAsync(Documents.Partition(Cluster), [ended], Token);

        Assert.Equal(OperationStatus.Succeeded, Assert.Single(await ReadOperationsAsync(1)).Operation.Status);
    }

    private async Task<List<ServedOperation>> ReadOperationsAsync(int size)
    {
        var found = new List<ServedOperation>();
        IReadOnlyList<ServedOperation> page;
        do
        {
            page = await _operations.ListAsync(Cluster, found.Count == 0 ? null : found[^1].Operation.Id, size, Token);
            found.AddRange(page);
        } while (page.Count == size);

        return found;
    }
}
