using System.Collections.Concurrent;
using System.Diagnostics;

namespace MeshPort.Benchmarks;

/// <summary>The start times of each instance's first activity, by instance id, in <see cref="Stopwatch"/> ticks.</summary>
internal static class FirstActivities
{
    public static ConcurrentDictionary<string, long> Began { get; } = new(StringComparer.Ordinal);
}

internal static class BenchFunctions
{
    [Function(nameof(Sequence))]
    public static async Task<int> Sequence([OrchestrationTrigger] TaskOrchestrationContext context, int length)
    {
        var sum = 0;
        for (var i = 0; i < length; i++)
        {
            sum = await context.CallActivityAsync<int>(nameof(Increment), sum);
        }

        return sum;
    }

    /// <summary>Runs a sequence, then waits for an event.</summary>
    [Function(nameof(SequenceThenEvent))]
    public static async Task<int> SequenceThenEvent([OrchestrationTrigger] TaskOrchestrationContext context, int length)
    {
        var sum = await Sequence(context, length);
        return sum + await context.WaitForExternalEvent<int>("go");
    }

    [Function(nameof(FanOut))]
    public static async Task<int> FanOut([OrchestrationTrigger] TaskOrchestrationContext context, int width)
    {
        var results = await Task.WhenAll(Enumerable.Range(0, width).Select(i => context.CallActivityAsync<int>(nameof(Increment), i)));
        return results.Length;
    }

    [Function(nameof(Stamped))]
    public static async Task<int> Stamped([OrchestrationTrigger] TaskOrchestrationContext context, int length)
    {
        await context.CallActivityAsync(nameof(Stamp), context.InstanceId);
        return length > 1 ? await Sequence(context, length - 1) : 0;
    }

    [Function(nameof(Waiting))]
    public static Task Waiting([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CreateTimer(TimeSpan.FromDays(30), CancellationToken.None);

    [Function(nameof(Increment))]
    public static int Increment([ActivityTrigger] int value) => value + 1;

    [Function(nameof(Stamp))]
    public static void Stamp([ActivityTrigger] string instanceId) => FirstActivities.Began[instanceId] = Stopwatch.GetTimestamp();
}
