using System.Collections.Concurrent;
using System.Globalization;
using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Runtime.Tests.Crash;

/// <summary>Kills a process before and after every commit of a scenario that uses every feature, and compares the final state.</summary>
public sealed class CrashTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_killed_before_or_after_any_commit_reaches_the_same_final_state()
    {
        var commits = 0;
        var undisturbed = await FinishAsync(NewDirectory(), point => commits += point == CommitPoint.Before ? 1 : 0);
        Assert.Equal(
            4,
            undisturbed.Dump.Count(line =>
                line.Contains(" Terminated ", StringComparison.Ordinal) || line.Contains("message", StringComparison.Ordinal)
            )
        );

        // Commits group work differently in each run, so their number varies. The loop ends when a run completes the scenario.
        var points = Enumerable
            .Range(1, commits)
            .SelectMany(commit => Enum.GetValues<CommitPoint>().Select(point => (Commit: commit, Point: point)));
        var killed = new ConcurrentBag<CommitPoint>();
        await Parallel.ForEachAsync(
            points,
            new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = Cancelled },
            async (at, _) =>
            {
                if (await KillAndFinishAsync(at.Point, at.Commit, undisturbed))
                {
                    killed.Add(at.Point);
                }
            }
        );
        foreach (var point in Enum.GetValues<CommitPoint>())
        {
            for (var commit = commits + 1; await KillAndFinishAsync(point, commit, undisturbed); commit++)
            {
                killed.Add(point);
            }
        }

        // On a busy machine, a run has fewer and larger commits.
        Assert.All(Enum.GetValues<CommitPoint>(), point => Assert.InRange(killed.Count(one => one == point), commits / 4, int.MaxValue));
    }

    /// <returns>False when the scenario ended before that commit.</returns>
    private static async Task<bool> KillAndFinishAsync(CommitPoint point, int commit, Final undisturbed)
    {
        var directory = NewDirectory();
        var code = await WorkerProcess.RunAsync(
            Wait.Usual,
            Cancelled,
            CrashWorker.Argument,
            directory,
            point.ToString(),
            commit.ToString(CultureInfo.InvariantCulture)
        );
        try
        {
            var final = await FinishAsync(directory, null);
            Assert.Equal(string.Join('\n', undisturbed.Dump), string.Join('\n', final.Dump));
            Assert.Equal(undisturbed.Effects.Keys.Order(), final.Effects.Keys.Order());
            // At least once. An activity may run again only if the process was killed before its result was recorded.
            Assert.All(
                final.Effects,
                effect => Assert.InRange(effect.Value, undisturbed.Effects[effect.Key], undisturbed.Effects[effect.Key] + 1)
            );
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Killed {point} commit {commit}, left in {directory}: {exception.Message}", exception);
        }

        return code == WorkerProcess.Killed;
    }

    private static async Task<Final> FinishAsync(string directory, Action<CommitPoint>? reached)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(Wait.Usual);
        await Scenario.RunAsync(directory, reached, deadline.Token);
        using var database = new Database(Path.Combine(directory, "durable.db"));
        Assert.Equal("ok", database.Scalar("PRAGMA integrity_check"));
        var effects = new Journal(Path.Combine(directory, "effects")).Lines.CountBy(line => line).ToDictionary();
        var dump = StateDump.Read(database);
        database.Dispose();
        Directory.Delete(directory, recursive: true);
        return new Final(dump, effects);
    }

    /// <summary>In memory if possible. SIGKILL leaves the same files there as on a disk, without waits for flushes.</summary>
    internal static string NewDirectory()
    {
        const string memory = "/dev/shm";
        return Directory.Exists(memory)
            ? Directory.CreateDirectory(Path.Combine(memory, $"runtime-test-{Guid.NewGuid():N}")).FullName
            : Directory.CreateTempSubdirectory("runtime-test-").FullName;
    }

    private sealed record Final(List<string> Dump, Dictionary<string, int> Effects);
}
