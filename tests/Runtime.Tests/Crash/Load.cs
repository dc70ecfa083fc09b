using System.Globalization;

namespace MeshPort.Runtime.Tests.Crash;

/// <summary>Runs many instances concurrently, in lanes: each lane starts the next instance when its last one has ended.</summary>
internal sealed class Load(CrashEngine engine, CancellationToken cancellationToken)
{
    private const int Lanes = 24;

    /// <param name="forever">If false, ends when the started instances have ended.</param>
    public Task RunAsync(bool forever)
    {
        var known = engine
            .Read(database => database.Query("SELECT id FROM instances WHERE parent_id IS NULL", row => row.GetString(0)))
            .ToHashSet(StringComparer.Ordinal);
        return Task.WhenAll(Enumerable.Range(0, Lanes).Select(lane => LaneAsync(lane, known, forever)));
    }

    private async Task LaneAsync(int lane, HashSet<string> known, bool forever)
    {
        for (var turn = 0; ; turn++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"lane{lane}turn{turn}");
            if (!known.Contains(id))
            {
                if (!forever)
                {
                    return;
                }

                await engine.Client.ScheduleNewOrchestrationInstanceAsync(
                    nameof(LoadFunctions.Busy),
                    id,
                    new StartOrchestrationOptions(id),
                    cancellationToken
                );
            }

            await engine.UntilAsync(id, instance => instance.IsCompleted, cancellationToken);
        }
    }
}
