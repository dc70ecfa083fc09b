using System.Globalization;
using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Runtime.Tests.Live;

/// <summary>Random programs make the same decisions and give the same outputs with sessions, without them, and with crashes.</summary>
public sealed class ProgramTests
{
    private const int Programs = 12;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The environment variable SEEDS sets their number.</summary>
    public static TheoryData<int> Seeds { get; } =
    [.. Enumerable.Range(0, int.TryParse(Environment.GetEnvironmentVariable("SEEDS"), out var seeds) ? seeds : 6)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_program_makes_the_same_decisions_with_and_without_sessions_and_after_crashes(int seed)
    {
        var random = new Random(seed);
        var programs = Enumerable.Range(0, Programs).Select(_ => RandomProgram.Create(random)).ToList();

        var replayed = await RunAsync(programs, SessionLimits.None, null);
        var live = await RunAsync(programs, SessionLimits.Default, null);
        var few = await RunAsync(programs, SessionLimits.Default with { MaxWeight = 40_000 }, null);
        var crashed = await RunAsync(programs, SessionLimits.Default, new Random(seed));

        Assert.Equal(replayed, live);
        Assert.Equal(replayed, few);
        Assert.Equal(replayed, crashed);
    }

    /// <returns>For each instance, its output and the decisions of its last execution.</returns>
    private static async Task<List<string>> RunAsync(List<RandomProgram.Step> programs, SessionLimits limits, Random? crashes)
    {
        var directory = Crash.CrashTests.NewDirectory();
        var functions = RandomProgram.Functions();
        var engine = await BareEngine.StartAsync(directory, functions, limits);
        try
        {
            for (var i = 0; i < programs.Count; i++)
            {
                var options = new StartOrchestrationOptions(Id(i));
                await engine.Client.ScheduleNewOrchestrationInstanceAsync("Run", programs[i], options, Cancelled);
            }

            for (var i = 0; i < 4 && crashes is not null; i++)
            {
                await Task.Delay(crashes.Next(60), Cancelled);
                await engine.AbandonAsync();
                engine = await BareEngine.StartAsync(directory, functions, limits);
            }

            for (var i = 0; i < programs.Count; i++)
            {
                await engine.CompletionAsync(Id(i));
            }

            return engine.Engine.Store.Read(database => programs.SelectMany((_, i) => Describe(database, Id(i))).ToList());
        }
        finally
        {
            await engine.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"p{number}");

    private static IEnumerable<string> Describe(Database database, string id)
    {
        var row = InstanceRow.Find(database, id);
        yield return $"{id} {row?.Status} {row?.Output} {row?.CustomStatus}";
        foreach (var decision in HistoryRows.Read(database, id).OfType<IDecision>().OrderBy(decision => decision.Id))
        {
            yield return $"{id} {decision.Id} {decision.Describe()}";
        }
    }
}
