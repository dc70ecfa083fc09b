using MeshPort.Clusters;
using MeshPort.Exposures;
using MeshPort.Http;
using Microsoft.Data.Sqlite;

namespace MeshPort.State;

/// <summary>
/// Desired state and status: what was asked for, by whom a port is held, and what has been observed. Each change of a cluster or of its exposures raises the
/// cluster's change number; a convergence notes the number that it worked from, so comparing the two tells whether there is work (no wake-up can be lost).
/// </summary>
internal sealed class StateStore(Database database, TimeProvider time)
{
    public const string Schema = """
        CREATE TABLE IF NOT EXISTS clusters (
            cluster TEXT PRIMARY KEY, id TEXT NOT NULL, spec TEXT NOT NULL, generation INTEGER NOT NULL, etag TEXT NOT NULL, created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL, status TEXT NOT NULL, change INTEGER NOT NULL, observed INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS exposures (
            cluster TEXT NOT NULL REFERENCES clusters, name TEXT NOT NULL, spec TEXT NOT NULL, generation INTEGER NOT NULL, etag TEXT NOT NULL, created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL, status TEXT NOT NULL, PRIMARY KEY (cluster, name)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS claims (
            cluster TEXT NOT NULL REFERENCES clusters, thing TEXT NOT NULL, exposure TEXT NOT NULL, PRIMARY KEY (cluster, thing)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS operations (
            id TEXT PRIMARY KEY, cluster TEXT NOT NULL, exposure TEXT, started_at TEXT NOT NULL, convergence TEXT, status TEXT NOT NULL, ended_at TEXT, steps TEXT) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS open_operations ON operations (cluster) WHERE ended_at IS NULL;
        """;

    public Task<Resource<ClusterSpec>?> GetClusterAsync(ClusterId id, CancellationToken cancellationToken) =>
        database.ReadAsync(session => FindClusterAsync(session, id), cancellationToken);

    public Task<Resource<ExposureSpec>?> GetExposureAsync(ClusterId id, string name, CancellationToken cancellationToken) =>
        database.ReadAsync(session => FindExposureAsync(session, id, name), cancellationToken);

    /// <summary>In order of their names.</summary>
    public Task<List<Resource<ExposureSpec>>> ListExposuresAsync(ClusterId id, CancellationToken cancellationToken) =>
        database.ReadAsync(
            session => session.QueryAsync("SELECT name, spec, generation, etag, created_at, updated_at, status FROM exposures WHERE cluster = $cluster ORDER BY name", row => ReadExposure(id, row), ("$cluster", id.Key)),
            cancellationToken);

    public Task<List<ClusterId>> ListClusterIdsAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.QueryAsync("SELECT id FROM clusters ORDER BY cluster", row => Json.Read<ClusterId>(row.GetString(0))), cancellationToken);

    public Task<PutResult<ClusterSpec>> PutClusterAsync(ClusterId id, ClusterSpec spec, Precondition precondition, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async session =>
            {
                var before = await FindClusterAsync(session, id);
                if (precondition.Violation(before?.Metadata.Etag) is { } violation)
                {
                    return new PutResult<ClusterSpec>(PutOutcome.PreconditionFailed, null, Detail: violation);
                }

                if (before is not null && Json.Write(before.Spec) == Json.Write(spec))
                {
                    return new PutResult<ClusterSpec>(PutOutcome.Unchanged, before);
                }

                var now = time.GetUtcNow();
                var after = new Resource<ClusterSpec>(spec, Next(before?.Metadata, id.Path, id.Name, now), before?.Status ?? ResourceStatus.New(ConditionTypes.OfCluster, now));
                await session.ExecuteAsync(
                    """
                    INSERT INTO clusters (cluster, id, spec, generation, etag, created_at, updated_at, status, change, observed)
                    VALUES ($cluster, $id, $spec, $generation, $etag, $created, $updated, $status, 1, 0)
                    ON CONFLICT (cluster) DO UPDATE SET spec = excluded.spec, generation = excluded.generation, etag = excluded.etag, updated_at = excluded.updated_at, change = change + 1
                    """,
                    [("$cluster", id.Key), ("$id", Json.Write(id)), .. Columns(after)]);
                return new PutResult<ClusterSpec>(before is null ? PutOutcome.Created : PutOutcome.Updated, after, await StartOperationAsync(session, id, null, now));
            },
            cancellationToken);

    /// <summary>The spec that a station's question is about; null when it has changed since, or is not wanted any more.</summary>
    public async Task<ClusterSpec?> FindSpecAsync(StationQuestion question, CancellationToken cancellationToken) =>
        await GetClusterAsync(question.Cluster, cancellationToken) is { } cluster && cluster.Metadata.Generation == question.Generation ? cluster.Spec : null;

    /// <summary>Claims what the exposure needs for itself and stores it, or neither.</summary>
    public Task<PutResult<ExposureSpec>> PutExposureAsync(ClusterId id, string name, ExposureSpec spec, Precondition precondition, CancellationToken cancellationToken) =>
        database.WriteAsync(
            async session =>
            {
                if (await FindClusterAsync(session, id) is null)
                {
                    return new PutResult<ExposureSpec>(PutOutcome.ClusterNotFound, null);
                }

                var before = await FindExposureAsync(session, id, name);
                if (precondition.Violation(before?.Metadata.Etag) is { } violation)
                {
                    return new PutResult<ExposureSpec>(PutOutcome.PreconditionFailed, null, Detail: violation);
                }

                if (before is not null && Json.Write(before.Spec) == Json.Write(spec))
                {
                    return new PutResult<ExposureSpec>(PutOutcome.Unchanged, before);
                }

                if (await ClaimAsync(session, id, name, spec) is { } taken)
                {
                    return new PutResult<ExposureSpec>(PutOutcome.Taken, null, Detail: taken.Detail, Pointer: taken.Claim.Pointer);
                }

                var now = time.GetUtcNow();
                var metadata = Next(before?.Metadata, $"{id.Path}/exposures/{name}", name, now);
                var status = before?.Status ?? ResourceStatus.New(ConditionTypes.OfExposure, now);
                var accepted = Verdict.True(Reasons.AsDesired, $"Port {spec.Port} of the {spec.Gateway.ToString().ToLowerInvariant()} gateway is held for this exposure.");
                var after = new Resource<ExposureSpec>(spec, metadata, status.With(ConditionTypes.Accepted, accepted, metadata.Generation, now));
                await session.ExecuteAsync(
                    """
                    INSERT INTO exposures (cluster, name, spec, generation, etag, created_at, updated_at, status)
                    VALUES ($cluster, $name, $spec, $generation, $etag, $created, $updated, $status)
                    ON CONFLICT (cluster, name) DO UPDATE SET spec = excluded.spec, generation = excluded.generation, etag = excluded.etag, updated_at = excluded.updated_at, status = excluded.status
                    """,
                    [("$cluster", id.Key), ("$name", name), .. Columns(after)]);
                await session.ExecuteAsync("UPDATE clusters SET change = change + 1 WHERE cluster = $cluster", ("$cluster", id.Key));
                return new PutResult<ExposureSpec>(before is null ? PutOutcome.Created : PutOutcome.Updated, after, await StartOperationAsync(session, id, name, now));
            },
            cancellationToken);

    private static Task<Resource<ClusterSpec>?> FindClusterAsync(Session session, ClusterId id) =>
        session.FindAsync(
            "SELECT spec, generation, etag, created_at, updated_at, status, id FROM clusters WHERE cluster = $cluster",
            row =>
            {
                var stored = Json.Read<ClusterId>(row.GetString(6));
                return new Resource<ClusterSpec>(Json.Read<ClusterSpec>(row.GetString(0)), ReadMetadata(stored.Path, stored.Name, row, 1), Json.Read<ResourceStatus>(row.GetString(5)));
            },
            ("$cluster", id.Key));

    private static Task<Resource<ExposureSpec>?> FindExposureAsync(Session session, ClusterId id, string name) =>
        session.FindAsync(
            "SELECT name, spec, generation, etag, created_at, updated_at, status FROM exposures WHERE cluster = $cluster AND name = $name",
            row => ReadExposure(id, row),
            ("$cluster", id.Key),
            ("$name", name));

    private static Resource<ExposureSpec> ReadExposure(ClusterId id, SqliteDataReader row) => new(
        Json.Read<ExposureSpec>(row.GetString(1)),
        ReadMetadata($"{id.Path}/exposures/{row.GetString(0)}", row.GetString(0), row, 2),
        Json.Read<ResourceStatus>(row.GetString(6)));

    private static Metadata ReadMetadata(string path, string name, SqliteDataReader row, int first) =>
        new(path, name, row.GetInt64(first), row.GetString(first + 1), row.GetDateTimeOffset(first + 2), row.GetDateTimeOffset(first + 3));

    private static Metadata Next(Metadata? before, string path, string name, DateTimeOffset now)
    {
        var generation = (before?.Generation ?? 0) + 1;
        return new Metadata(path, name, generation, $"{generation}-{Guid.NewGuid():N}", before?.CreatedAt ?? now, now);
    }

    private static (string, object?)[] Columns<TSpec>(Resource<TSpec> resource) =>
    [
        ("$spec", Json.Write(resource.Spec)),
        ("$generation", resource.Metadata.Generation),
        ("$etag", resource.Metadata.Etag),
        ("$created", resource.Metadata.CreatedAt),
        ("$updated", resource.Metadata.UpdatedAt),
        ("$status", Json.Write(resource.Status)),
    ];

    /// <returns>The claim that another exposure holds, or null when all are this one's now.</returns>
    private static async Task<(Claim Claim, string Detail)?> ClaimAsync(Session session, ClusterId id, string name, ExposureSpec spec)
    {
        var claims = Claim.Of(spec);
        foreach (var claim in claims)
        {
            var holder = await session.FindAsync(
                "SELECT exposure FROM claims WHERE cluster = $cluster AND thing = $thing AND exposure <> $exposure",
                row => row.GetString(0),
                ("$cluster", id.Key),
                ("$thing", claim.Thing),
                ("$exposure", name));
            if (holder is not null)
            {
                return (claim, $"{claim.Description} is held by exposure '{holder}'; choose another, or remove that exposure.");
            }
        }

        await session.ExecuteAsync("DELETE FROM claims WHERE cluster = $cluster AND exposure = $exposure", ("$cluster", id.Key), ("$exposure", name));
        foreach (var claim in claims)
        {
            await session.ExecuteAsync("INSERT INTO claims (cluster, thing, exposure) VALUES ($cluster, $thing, $exposure)", ("$cluster", id.Key), ("$thing", claim.Thing), ("$exposure", name));
        }

        return null;
    }

    private static async Task<string> StartOperationAsync(Session session, ClusterId id, string? exposure, DateTimeOffset now)
    {
        var operation = Guid.NewGuid().ToString("N");
        await session.ExecuteAsync(
            "INSERT INTO operations (id, cluster, exposure, started_at, status) VALUES ($id, $cluster, $exposure, $now, $status)",
            ("$id", operation),
            ("$cluster", id.Key),
            ("$exposure", exposure),
            ("$now", now),
            ("$status", nameof(OperationStatus.Running)));
        return operation;
    }
}
