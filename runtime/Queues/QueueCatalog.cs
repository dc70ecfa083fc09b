using Microsoft.Data.Sqlite;

namespace MeshPort.Runtime.Queues;

/// <summary>The queues and their metadata.</summary>
internal sealed class QueueCatalog(QueueDatabase database, TimeProvider time)
{
    /// <returns>False when a queue with the same name and metadata already exists.</returns>
    /// <exception cref="QueueFault">A queue with the same name and other metadata exists.</exception>
    public Task<bool> CreateAsync(string name, SortedDictionary<string, string> metadata, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                if (Find(connection, name) is { } existing)
                {
                    return QueueMetadata.AreEqual(existing, metadata) ? false : throw QueueFault.QueueAlreadyExists();
                }

                connection.Execute(
                    "INSERT INTO storage_queues (name, metadata) VALUES ($name, $metadata)",
                    ("$name", name),
                    ("$metadata", QueueMetadata.ToJson(metadata))
                );
                return true;
            },
            cancellationToken
        );

    public Task<int> DeleteAsync(string name, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
                connection.Execute("DELETE FROM storage_queues WHERE name = $name", ("$name", name)) is > 0 and var deleted
                    ? deleted
                    : throw QueueFault.QueueNotFound(),
            cancellationToken
        );

    public Task<int> SetMetadataAsync(string name, SortedDictionary<string, string> metadata, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
                connection.Execute(
                    "UPDATE storage_queues SET metadata = $metadata WHERE name = $name",
                    ("$name", name),
                    ("$metadata", QueueMetadata.ToJson(metadata))
                )
                    is > 0
                        and var changed
                    ? changed
                    : throw QueueFault.QueueNotFound(),
            cancellationToken
        );

    /// <summary>Returns the metadata and the number of messages, including those that are invisible now.</summary>
    public (SortedDictionary<string, string> Metadata, long Messages) Get(string name) =>
        database.Read(connection =>
            (
                Find(connection, name) ?? throw QueueFault.QueueNotFound(),
                connection.Query(
                    "SELECT COUNT(*) FROM storage_messages WHERE queue = $name AND expires > $now",
                    row => row.GetInt64(0),
                    ("$name", name),
                    ("$now", time.GetUtcNow().UtcTicks)
                )[0]
            )
        );

    /// <summary>Returns at most <paramref name="count"/> queues in name order, starting at <paramref name="from"/>.</summary>
    public IReadOnlyList<(string Name, SortedDictionary<string, string> Metadata)> List(string prefix, string from, int count) =>
        database.Read(connection =>
            connection.Query(
                "SELECT name, metadata FROM storage_queues WHERE name >= $from AND substr(name, 1, length($prefix)) = $prefix "
                    + "ORDER BY name LIMIT $count",
                row => (row.GetString(0), QueueMetadata.FromJson(row.GetString(1))),
                ("$from", from),
                ("$prefix", prefix),
                ("$count", count)
            )
        );

    private static SortedDictionary<string, string>? Find(SqliteConnection connection, string name) =>
        connection
            .Query(
                "SELECT metadata FROM storage_queues WHERE name = $name",
                row => QueueMetadata.FromJson(row.GetString(0)),
                ("$name", name)
            )
            .FirstOrDefault();
}
