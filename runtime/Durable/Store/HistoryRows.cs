using MeshPort.Runtime.Durable.History;

namespace MeshPort.Runtime.Durable.Store;

/// <summary>The history of an instance on disk, with one row a step.</summary>
internal static class HistoryRows
{
    public static List<HistoryEvent> Read(Database database, string instanceId) =>
        [
            .. database
                .Query(
                    "SELECT events FROM history WHERE instance_id = $1 ORDER BY seq",
                    row => HistoryEvent.ManyFromJson(row.GetString(0)),
                    instanceId
                )
                .SelectMany(step => step),
        ];

    /// <param name="before">The number of events already stored.</param>
    public static void Append(Database database, string instanceId, int before, IReadOnlyList<HistoryEvent> step)
    {
        if (step.Count > 0)
        {
            database.Execute(
                "INSERT INTO history (instance_id, seq, events) VALUES ($1, $2, $3)",
                instanceId,
                before,
                HistoryEvent.ToJson(step)
            );
        }
    }
}
