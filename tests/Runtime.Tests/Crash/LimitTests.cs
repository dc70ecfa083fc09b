using System.Diagnostics;
using MeshPort.Runtime.Durable.Store;
using Microsoft.Extensions.Time.Testing;

namespace MeshPort.Runtime.Tests.Crash;

/// <summary>
/// The engine's limits: many waiting instances, a long history. Runs alone, because it measures the memory of the process.
/// </summary>
[Collection(nameof(LimitTests))]
[CollectionDefinition(nameof(LimitTests), DisableParallelization = true)]
public sealed class LimitTests
{
    private const int Waiting = 100_000;

    /// <summary>An id, a due time and the heap's node.</summary>
    private const int MostBytesPerInstance = 256;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hundred_thousand_instances_that_wait_on_timers_cost_an_index_entry_each()
    {
        var directory = CrashTests.NewDirectory();
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using (var first = await CrashEngine.StartAsync(directory, time: clock))
        {
            await first.Client.ScheduleNewOrchestrationInstanceAsync(
                nameof(LimitFunctions.Nap),
                null,
                new StartOrchestrationOptions("nap"),
                Cancelled
            );
            await first.UntilAsync("nap", instance => instance.SerializedCustomStatus == "\"asleep\"", Cancelled);
        }

        Multiply(directory);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var start = Stopwatch.GetTimestamp();
        await using var engine = await CrashEngine.StartAsync(directory, time: clock);
        var ready = Stopwatch.GetElapsedTime(start);
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Waiting;
        TestContext.Current.TestOutputHelper?.WriteLine($"{each} bytes each, ready after {ready.TotalMilliseconds:F0} ms");
        Assert.InRange(each, 0, MostBytesPerInstance);

        // All are scheduled: after one hour the original's timer fires; the copies' timers, days later, do not.
        clock.Advance(TimeSpan.FromHours(1));
        await engine.UntilAsync("nap", instance => instance.IsCompleted, Cancelled);
        await engine.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_history_of_more_than_twelve_thousand_events_is_replayed_after_a_restart()
    {
        var directory = CrashTests.NewDirectory();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Wait.Usual);
        await using (var first = await CrashEngine.StartAsync(directory))
        {
            await first.Client.ScheduleNewOrchestrationInstanceAsync(
                nameof(LimitFunctions.Wide),
                6_000,
                new StartOrchestrationOptions("wide"),
                Cancelled
            );
            await first.UntilAsync("wide", instance => instance.SerializedCustomStatus == "\"back\"", deadline.Token);
            Assert.InRange(
                first.Read(database => database.Query("SELECT sum(json_array_length(events)) FROM history", row => row.GetInt32(0))[0]),
                12_000,
                30_000
            );
        }

        await using var engine = await CrashEngine.StartAsync(directory);
        await engine.Client.RaiseEventAsync("wide", "go", 1, Cancelled);
        await engine.UntilAsync("wide", instance => instance.IsCompleted, deadline.Token);
        Assert.Equal(6_000 * 5_999 / 2 + 1, (await engine.Client.GetInstanceAsync("wide", true, Cancelled))?.ReadOutputAs<int>());
        await engine.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Copies the only instance, which waits on a timer, with due times some days later.</summary>
    private static void Multiply(string directory)
    {
        const string Numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)";
        using var database = new Database(Path.Combine(directory, "durable.db"));
        database.Execute("BEGIN");
        database.Execute(
            $"{Numbers} INSERT INTO instances ({InstanceRow.Columns}) SELECT printf('%032d', i), "
                + $"{InstanceRow.Columns.Replace("id, execution", "execution", StringComparison.Ordinal)} "
                + "FROM n, instances WHERE id = 'nap'",
            Waiting
        );
        database.Execute(
            $"{Numbers} INSERT INTO history (instance_id, seq, events) "
                + "SELECT printf('%032d', i), seq, events FROM n, history WHERE instance_id = 'nap'",
            Waiting
        );
        database.Execute(
            $"{Numbers} INSERT INTO messages (instance_id, due, seq, execution, timer, event) SELECT printf('%032d', i), "
                + "due + 864000000000 * (1 + i % 30), seq, execution, timer, event FROM n, messages WHERE instance_id = 'nap'",
            Waiting
        );
        database.Execute("COMMIT");
    }
}
