using MeshPort.Clusters;
using MeshPort.Http;
using Microsoft.Data.Sqlite;

namespace MeshPort.State;

/// <summary>What convergences write: which changes they took up, what they observed, and how the operations that they serve ended.</summary>
internal sealed class ConvergenceLog(Database database, TimeProvider time)
{
    /// <summary>Whether the cluster is wanted, and whether something was asked for that no convergence has worked from yet.</summary>
    public Task<Desire?> FindDesireAsync(ClusterId id, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.FindAsync("SELECT change, observed, generation FROM clusters WHERE cluster = $cluster", ReadDesire, ("$cluster", id.Key)), cancellationToken);

    /// <summary>Takes up everything that was asked for until now: open operations are served by this convergence from here on.</summary>
    /// <param name="generation">Only while the cluster's own spec is of this generation; null takes up whatever there is.</param>
    /// <returns>Null when the cluster is not wanted any more, or its spec has another generation; then nothing was taken up.</returns>
    public Task<Desire?> TakeUpAsync(ClusterId id, string convergence, long? generation, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async session =>
            {
                var desire = await session.FindAsync("SELECT change, observed, generation FROM clusters WHERE cluster = $cluster", ReadDesire, ("$cluster", id.Key));
                if (desire is null || (generation is not null && desire.Generation != generation))
                {
                    return null;
                }

                await session.ExecuteAsync("UPDATE operations SET convergence = $convergence WHERE cluster = $cluster AND ended_at IS NULL", ("$convergence", convergence), ("$cluster", id.Key));
                return desire;
            },
            cancellationToken);

    public Task RecordClusterAsync(ClusterId id, Func<ResourceStatus, DateTimeOffset, ResourceStatus> observe, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async session =>
            {
                var before = await session.FindAsync("SELECT status FROM clusters WHERE cluster = $cluster", row => Json.Read<ResourceStatus>(row.GetString(0)), ("$cluster", id.Key));
                if (before is not null)
                {
                    await session.ExecuteAsync("UPDATE clusters SET status = $status WHERE cluster = $cluster", ("$status", Json.Write(observe(before, time.GetUtcNow()))), ("$cluster", id.Key));
                }

                return before;
            },
            cancellationToken);

    /// <param name="observe">From an exposure's name and status to its next status; the same reference when nothing was observed of it.</param>
    public Task RecordExposuresAsync(ClusterId id, Func<string, ResourceStatus, DateTimeOffset, ResourceStatus> observe, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async session =>
            {
                var rows = await session.QueryAsync("SELECT name, status FROM exposures WHERE cluster = $cluster", row => (Name: row.GetString(0), Status: Json.Read<ResourceStatus>(row.GetString(1))), ("$cluster", id.Key));
                var now = time.GetUtcNow();
                foreach (var (name, before) in rows)
                {
                    var after = observe(name, before, now);
                    if (!ReferenceEquals(after, before))
                    {
                        await session.ExecuteAsync("UPDATE exposures SET status = $status WHERE cluster = $cluster AND name = $name", ("$status", Json.Write(after)), ("$cluster", id.Key), ("$name", name));
                    }
                }

                return rows.Count;
            },
            cancellationToken);

    /// <summary>Ends a convergence: what it worked from is observed, and its operations are over.</summary>
    /// <param name="change">What it worked from; null while it goes on, and then only the operations that have succeeded are over.</param>
    /// <param name="succeeded">Whether the operation of the cluster (null) or of an exposure has reached what it asked for.</param>
    public Task EndAsync(ClusterId id, string convergence, long? change, IReadOnlyList<Step> steps, Func<string?, bool> succeeded, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async session =>
            {
                if (change is not null)
                {
                    await session.ExecuteAsync("UPDATE clusters SET observed = max(observed, $change) WHERE cluster = $cluster", ("$change", change), ("$cluster", id.Key));
                }

                var operations = await session.QueryAsync(
                    "SELECT id, exposure FROM operations WHERE convergence = $convergence AND ended_at IS NULL",
                    row => (Id: row.GetString(0), Exposure: row.IsDBNull(1) ? null : row.GetString(1)),
                    ("$convergence", convergence));
                foreach (var operation in operations.Where(operation => change is not null || succeeded(operation.Exposure)))
                {
                    var status = succeeded(operation.Exposure) ? OperationStatus.Succeeded : OperationStatus.Failed;
                    await session.ExecuteAsync(
                        "UPDATE operations SET status = $status, ended_at = $now, steps = $steps WHERE id = $id",
                        ("$status", status.ToString()),
                        ("$now", time.GetUtcNow()),
                        ("$steps", Json.Write(steps)),
                        ("$id", operation.Id));
                }

                return operations.Count;
            },
            cancellationToken);

    /// <summary>Gives up on everything asked for until now, so that only the next resync or change starts another convergence.</summary>
    public Task AbandonAsync(ClusterId id, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    "UPDATE operations SET status = $status, ended_at = $now WHERE cluster = $cluster AND ended_at IS NULL",
                    ("$status", nameof(OperationStatus.Failed)),
                    ("$now", time.GetUtcNow()),
                    ("$cluster", id.Key));
                return await session.ExecuteAsync("UPDATE clusters SET observed = change WHERE cluster = $cluster", ("$cluster", id.Key));
            },
            cancellationToken);

    public Task<StoredOperation?> FindOperationAsync(ClusterId id, string operation, CancellationToken cancellationToken) =>
        database.ReadAsync(
            session => session.FindAsync(
                "SELECT status, started_at, ended_at, convergence, steps FROM operations WHERE id = $id AND cluster = $cluster",
                row => new StoredOperation(
                    Enum.Parse<OperationStatus>(row.GetString(0)),
                    row.GetDateTimeOffset(1),
                    row.IsDBNull(2) ? null : row.GetDateTimeOffset(2),
                    row.IsDBNull(3) ? null : row.GetString(3),
                    row.IsDBNull(4) ? null : Json.Read<List<Step>>(row.GetString(4))),
                ("$id", operation),
                ("$cluster", id.Key)),
            cancellationToken);

    private static Desire ReadDesire(SqliteDataReader row) => new(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
}

/// <param name="Change">Counts what was asked for, of the cluster and of its exposures.</param>
/// <param name="Observed">The change that a finished convergence last worked from.</param>
/// <param name="Generation">Of the cluster's own spec.</param>
public sealed record Desire(long Change, long Observed, long Generation);

/// <param name="Convergence">The orchestration that serves it; null until one has taken it up.</param>
/// <param name="Steps">Null until it has ended; meanwhile the orchestration's custom status has them.</param>
internal sealed record StoredOperation(OperationStatus Status, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string? Convergence, IReadOnlyList<Step>? Steps);
