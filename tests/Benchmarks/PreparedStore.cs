using System.Globalization;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Benchmarks;

/// <summary>Writes data directories in the state in which a host leaves them, without a host.</summary>
internal static class PreparedStore
{
    private static readonly DateTimeOffset Start = TimeProvider.System.GetUtcNow();

    /// <summary>Writes instances that each wait on a timer.</summary>
    public static async Task WaitingAsync(string directory, int count)
    {
        await using var store = DurableStore.Open(directory);
        await store.WriteAsync(database =>
        {
            for (var i = 0; i < count; i++)
            {
                var id = i.ToString("D8", CultureInfo.InvariantCulture);
                var timer = new TimerCreated(0, Start.AddDays(30).AddSeconds(i));
                Add(database, id, nameof(BenchFunctions.Waiting), null, [timer]);
                InstanceWrites.Send(database, id, "1", new TimerFired(0), timer.FireAt);
            }

            return true;
        });
    }

    /// <summary>
    /// Writes an instance that has called <paramref name="activities"/> activities in sequence, three events each, and waits for an event.
    /// </summary>
    public static async Task LongHistoryAsync(string directory, string id, int activities)
    {
        await using var store = DurableStore.Open(directory);
        var history = new List<HistoryEvent> { new TaskScheduled(0, nameof(BenchFunctions.Increment)) };
        for (var i = 0; i < activities; i++)
        {
            history.Add(new StepStarted(Start.AddMilliseconds(i)));
            history.Add(new TaskCompleted(i, (i + 1).ToString(CultureInfo.InvariantCulture)));
            if (i < activities - 1)
            {
                history.Add(new TaskScheduled(i + 1, nameof(BenchFunctions.Increment)));
            }
        }

        await store.WriteAsync(database =>
        {
            Add(database, id, nameof(BenchFunctions.SequenceThenEvent), activities.ToString(CultureInfo.InvariantCulture), history);
            return true;
        });
    }

    private static void Add(Database database, string id, string name, string? input, IEnumerable<HistoryEvent> history)
    {
        InstanceWrites.Create(
            database,
            new InstanceRow(id, "1", name, OrchestrationRuntimeStatus.Running, Start, Start, input, null, null, null, null),
            Start
        );
        database.Execute("DELETE FROM messages WHERE instance_id = $1", id);
        var seq = 0;
        var step = new List<HistoryEvent> { new StepStarted(Start), new ExecutionStarted(name, input) };
        foreach (var happened in history)
        {
            if (happened is StepStarted)
            {
                HistoryRows.Append(database, id, seq, step);
                seq += step.Count;
                step.Clear();
            }

            step.Add(happened);
        }

        HistoryRows.Append(database, id, seq, step);
    }
}
