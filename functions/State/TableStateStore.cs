using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace MeshPort.State;

/// <summary>
/// Stores state in one table of Azure Table Storage, for any number of machines. A document is an entity, its version the ETag, a commit an
/// entity group transaction.
/// </summary>
internal sealed class TableStateStore(TableServiceClient service, string table = TableStateStore.Table) : IStateStore
{
    public const string Table = "meshportstate";

    private readonly TableClient _table = service.GetTableClient(table);
    private bool _isMade;

    public int MostChanges => 100;

    /// <summary>
    /// A transaction takes 4 MiB of JSON, in which the client may write a character as <c>\uXXXX</c>. The rest is room for keys and
    /// headers.
    /// </summary>
    public int MostCharacters => 640 * 1024;

    public async Task<StateRow?> FindAsync(string partition, string key, CancellationToken cancellationToken)
    {
        await MakeTableAsync(cancellationToken);
        var found = await _table.GetEntityIfExistsAsync<TableEntity>(partition, key, cancellationToken: cancellationToken);
        return found is { HasValue: true, Value: { } entity } ? StateEntity.Read(entity) : null;
    }

    public async Task<IReadOnlyList<StateRow>> ListAsync(
        string partition,
        string prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await MakeTableAsync(cancellationToken);
        var end = $"{prefix}~"; // '~' sorts after every character of a key
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and RowKey ge {prefix} and RowKey lt {end} and RowKey gt {after ?? ""}"
        );
        var rows = new List<StateRow>();
        await foreach (
            var entity in _table
                .QueryAsync<TableEntity>(filter, Math.Min(limit, 1000), cancellationToken: cancellationToken)
                .WithCancellation(cancellationToken)
        )
        {
            rows.Add(StateEntity.Read(entity));
            if (rows.Count == limit)
            {
                break;
            }
        }

        return rows;
    }

    public async Task<bool> TryCommitAsync(string partition, IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
    {
        StateChange.RequireStorable(changes);
        await MakeTableAsync(cancellationToken);
        var commit = Guid.NewGuid().ToString("N");
        var left = changes.ToList();
        while (left.Count > 0)
        {
            try
            {
                await _table.SubmitTransactionAsync(
                    left.Select(change => StateEntity.Action(partition, change, commit)),
                    cancellationToken
                );
                return true;
            }
            catch (TableTransactionFailedException failure)
                when (failure.Status == 404
                    && failure.FailedTransactionActionIndex is { } index
                    && left[index] is { Body: null, Version: StateChange.Any }
                )
            {
                left.RemoveAt(index); // the document to delete does not exist
            }
            catch (RequestFailedException failure) when (IsOfAnotherVersion(failure))
            {
                return await IsMadeAsync(partition, changes, commit, cancellationToken);
            }
        }

        return true;
    }

    private static bool IsOfAnotherVersion(RequestFailedException failure) =>
        failure.Status switch
        {
            412 => true,
            404 => failure.ErrorCode != TableErrorCode.TableNotFound.ToString(),
            409 => failure.ErrorCode == TableErrorCode.EntityAlreadyExists.ToString(),
            _ => false,
        };

    /// <summary>
    /// Whether the commit was made after all: its answer was lost, and the client's retry found the versions that the first attempt had
    /// written. The last document that the commit puts tells; callers make it the one that others are least likely to overwrite.
    /// </summary>
    private async Task<bool> IsMadeAsync(
        string partition,
        IReadOnlyList<StateChange> changes,
        string commit,
        CancellationToken cancellationToken
    )
    {
        if (changes.LastOrDefault(change => change.Body is not null) is not { } put)
        {
            return false;
        }

        var found = await _table.GetEntityIfExistsAsync<TableEntity>(partition, put.Key, [StateEntity.Commit], cancellationToken);
        return found is { HasValue: true, Value: { } entity } && entity.GetString(StateEntity.Commit) == commit;
    }

    /// <summary>Runs once; concurrent calls do no harm.</summary>
    private async Task MakeTableAsync(CancellationToken cancellationToken)
    {
        if (!_isMade)
        {
            await _table.CreateIfNotExistsAsync(cancellationToken);
            _isMade = true;
        }
    }
}
