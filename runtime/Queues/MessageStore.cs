using Microsoft.Data.Sqlite;

namespace MeshPort.Runtime.Queues;

/// <summary>
/// The messages of all queues. Messages are received by visibility time, oldest first. A pop receipt stays valid until the message is
/// received or updated again, even after its visibility timeout, as in Azure. Expired messages are never returned. The next message
/// that is put to their queue or received from it deletes them.
/// </summary>
internal sealed class MessageStore(QueueDatabase database, TimeProvider time)
{
    private const string Columns = "id, text, inserted, expires, visible, receipt, dequeues";

    private static readonly DateTimeOffset Never = new(9999, 12, 31, 23, 59, 59, TimeSpan.Zero);

    /// <param name="timeToLive">Null means that the message never expires.</param>
    public Task<StoredMessage> PutAsync(
        string queue,
        string text,
        TimeSpan delay,
        TimeSpan? timeToLive,
        CancellationToken cancellationToken
    ) =>
        database.WriteAsync(
            connection =>
            {
                RequireQueue(connection, queue);
                var now = time.GetUtcNow();
                var message = new StoredMessage(
                    Guid.NewGuid().ToString(),
                    text,
                    now,
                    Expiry(now, timeToLive),
                    now + delay,
                    NewReceipt(),
                    0
                );
                DeleteExpired(connection, queue, now); // also in a queue that nobody receives from, such as a poison queue
                connection.Execute(
                    $"INSERT INTO storage_messages (queue, {Columns}) "
                        + "VALUES ($queue, $id, $text, $inserted, $expires, $visible, $receipt, 0)",
                    ("$queue", queue),
                    ("$id", message.Id),
                    ("$text", text),
                    ("$inserted", now.UtcTicks),
                    ("$expires", message.Expires.UtcTicks),
                    ("$visible", message.Visible.UtcTicks),
                    ("$receipt", message.PopReceipt)
                );
                return message;
            },
            cancellationToken
        );

    private static void DeleteExpired(SqliteConnection connection, string queue, DateTimeOffset now) =>
        connection.Execute(
            "DELETE FROM storage_messages WHERE queue = $queue AND expires <= $now",
            ("$queue", queue),
            ("$now", now.UtcTicks)
        );

    public async Task<IReadOnlyList<StoredMessage>> ReceiveAsync(
        string queue,
        int count,
        TimeSpan lease,
        CancellationToken cancellationToken
    )
    {
        // Polling an empty queue must not cause a write.
        if (!database.Read(connection => HasWork(connection, queue)))
        {
            return [];
        }

        return await database.WriteAsync(
            connection =>
            {
                RequireQueue(connection, queue);
                var now = time.GetUtcNow();
                DeleteExpired(connection, queue, now);
                return Visible(connection, queue, count, now)
                    .ConvertAll(message =>
                        Update(connection, message with { Visible = now + lease, DequeueCount = message.DequeueCount + 1 })
                    );
            },
            cancellationToken
        );
    }

    public IReadOnlyList<StoredMessage> Peek(string queue, int count) =>
        database.Read(connection =>
        {
            RequireQueue(connection, queue);
            return Visible(connection, queue, count, time.GetUtcNow());
        });

    /// <param name="text">The new text. Null keeps the old one.</param>
    public Task<StoredMessage> UpdateAsync(
        string queue,
        string id,
        string popReceipt,
        string? text,
        TimeSpan delay,
        CancellationToken cancellationToken
    ) =>
        database.WriteAsync(
            connection =>
            {
                var message = Held(connection, queue, id, popReceipt);
                return Update(connection, message with { Visible = time.GetUtcNow() + delay, Text = text ?? message.Text });
            },
            cancellationToken
        );

    public Task<int> DeleteAsync(string queue, string id, string popReceipt, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
                connection.Execute("DELETE FROM storage_messages WHERE id = $id", ("$id", Held(connection, queue, id, popReceipt).Id)),
            cancellationToken
        );

    public Task<int> ClearAsync(string queue, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                RequireQueue(connection, queue);
                return connection.Execute("DELETE FROM storage_messages WHERE queue = $queue", ("$queue", queue));
            },
            cancellationToken
        );

    private static DateTimeOffset Expiry(DateTimeOffset now, TimeSpan? timeToLive) =>
        timeToLive is { } life && life < Never - now ? now + life : Never;

    private static string NewReceipt() => Convert.ToBase64String(Guid.NewGuid().ToByteArray());

    private bool HasWork(SqliteConnection connection, string queue)
    {
        RequireQueue(connection, queue);
        return connection
                .Query(
                    "SELECT 1 FROM storage_messages WHERE queue = $queue AND visible <= $now LIMIT 1",
                    _ => true,
                    ("$queue", queue),
                    ("$now", time.GetUtcNow().UtcTicks)
                )
                .Count > 0;
    }

    private StoredMessage Held(SqliteConnection connection, string queue, string id, string popReceipt)
    {
        RequireQueue(connection, queue);
        var message =
            connection
                .Query(
                    $"SELECT {Columns} FROM storage_messages WHERE id = $id AND queue = $queue AND expires > $now",
                    Map,
                    ("$id", id),
                    ("$queue", queue),
                    ("$now", time.GetUtcNow().UtcTicks)
                )
                .FirstOrDefault()
            ?? throw QueueFault.MessageNotFound();
        return message.PopReceipt == popReceipt ? message : throw QueueFault.PopReceiptMismatch();
    }

    private static List<StoredMessage> Visible(SqliteConnection connection, string queue, int count, DateTimeOffset now) =>
        connection.Query(
            $"SELECT {Columns} FROM storage_messages WHERE queue = $queue AND visible <= $now AND expires > $now "
                + "ORDER BY visible, seq LIMIT $count",
            Map,
            ("$queue", queue),
            ("$now", now.UtcTicks),
            ("$count", count)
        );

    private static StoredMessage Update(SqliteConnection connection, StoredMessage message)
    {
        var updated = message with { PopReceipt = NewReceipt() };
        connection.Execute(
            "UPDATE storage_messages SET text = $text, visible = $visible, receipt = $receipt, dequeues = $dequeues WHERE id = $id",
            ("$text", updated.Text),
            ("$visible", updated.Visible.UtcTicks),
            ("$receipt", updated.PopReceipt),
            ("$dequeues", updated.DequeueCount),
            ("$id", updated.Id)
        );
        return updated;
    }

    private static void RequireQueue(SqliteConnection connection, string queue)
    {
        if (connection.Query("SELECT 1 FROM storage_queues WHERE name = $name", _ => true, ("$name", queue)).Count == 0)
        {
            throw QueueFault.QueueNotFound();
        }
    }

    private static StoredMessage Map(SqliteDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            Time(row.GetInt64(2)),
            Time(row.GetInt64(3)),
            Time(row.GetInt64(4)),
            row.GetString(5),
            row.GetInt64(6)
        );

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
