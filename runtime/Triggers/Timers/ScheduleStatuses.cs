using MeshPort.Runtime.Durable.Store;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.Runtime.Triggers.Timers;

/// <summary>Stores the last and the next run of each timer, so that a missed run is made up for.</summary>
internal sealed class ScheduleStatuses(DurableStore store)
{
    public ScheduleStatus? Find(string function) =>
        store.Read(database =>
            database
                .Query(
                    "SELECT last, next, updated FROM schedules WHERE name = $1",
                    row => new ScheduleStatus
                    {
                        Last = Utc(row.GetInt64(0)),
                        Next = Utc(row.GetInt64(1)),
                        LastUpdated = Utc(row.GetInt64(2)),
                    },
                    function
                )
                .FirstOrDefault()
        );

    public Task SaveAsync(string function, ScheduleStatus status) =>
        store.WriteAsync(database =>
            database.Execute(
                "INSERT INTO schedules (name, last, next, updated) VALUES ($1, $2, $3, $4) ON CONFLICT (name) "
                    + "DO UPDATE SET last = excluded.last, next = excluded.next, updated = excluded.updated",
                function,
                status.Last.Ticks,
                status.Next.Ticks,
                status.LastUpdated.Ticks
            )
        );

    private static DateTime Utc(long ticks) => new(ticks, DateTimeKind.Utc);
}
