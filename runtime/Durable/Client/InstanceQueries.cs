using System.Globalization;
using System.Text;
using MeshPort.Runtime.Durable.Store;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Durable.Client;

/// <summary>Lists instances by filter, ordered by id. The continuation token is the last id of a page.</summary>
internal static class InstanceQueries
{
    public static List<InstanceRow> List(
        Database database,
        DateTimeOffset? from,
        DateTimeOffset? to,
        IEnumerable<OrchestrationRuntimeStatus>? statuses,
        string? prefix,
        string? after,
        int limit
    )
    {
        var wanted = statuses?.Select(status => ((int)status).ToString(CultureInfo.InvariantCulture)).ToList() ?? [];
        var where = new StringBuilder("id > $1 AND created >= $2 AND created <= $3 AND substr(id, 1, length($4)) = $4");
        if (wanted.Count > 0)
        {
            where.Append(CultureInfo.InvariantCulture, $" AND status IN ({string.Join(',', wanted)})"); // numbers only, so no injection
        }

        return database.Query(
            $"SELECT {InstanceRow.Columns} FROM instances WHERE {where} ORDER BY id LIMIT $5",
            InstanceRow.Read,
            after ?? "",
            from?.UtcTicks ?? 0,
            to?.UtcTicks ?? long.MaxValue,
            prefix ?? "",
            limit
        );
    }

    public static OrchestrationMetadata ToMetadata(InstanceRow row, DataConverter converter, bool withData) =>
        new(row.Name, row.Id)
        {
            RuntimeStatus = row.Status,
            CreatedAt = row.Created,
            LastUpdatedAt = row.Updated,
            DataConverter = withData ? converter : null,
            SerializedInput = withData ? row.Input : null,
            SerializedOutput = withData ? row.Output : null,
            SerializedCustomStatus = withData ? row.CustomStatus : null,
            Tags = row.Tags is { } tags
                ? System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, string>>(tags) ?? []
                : new Dictionary<string, string>(),
        };
}

internal sealed class InstancePages(DurableStore store, OrchestrationQuery query, DataConverter converter)
    : AsyncPageable<OrchestrationMetadata>
{
    public override async IAsyncEnumerable<Page<OrchestrationMetadata>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
    {
        var size = Math.Max(1, pageSizeHint ?? query.PageSize);
        var after = continuationToken ?? query.ContinuationToken;
        do
        {
            await Task.Yield();
            var last = after;
            var rows = store.Read(database =>
                InstanceQueries.List(database, query.CreatedFrom, query.CreatedTo, query.Statuses, query.InstanceIdPrefix, last, size + 1)
            );
            after = rows.Count > size ? rows[size - 1].Id : null;
            yield return new Page<OrchestrationMetadata>(
                [.. rows.Take(size).Select(row => InstanceQueries.ToMetadata(row, converter, query.FetchInputsAndOutputs))],
                after
            );
        } while (after is not null);
    }
}
