namespace MeshPort.Runtime.Tests.Crash;

internal sealed class LimitFunctions
{
    [Function(nameof(Nap))]
    public static async Task Nap([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus("asleep");
        await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
    }

    [Function(nameof(Wide))]
    public static async Task<int> Wide([OrchestrationTrigger] TaskOrchestrationContext context, int count)
    {
        var numbers = await Task.WhenAll(Enumerable.Range(0, count).Select(i => context.CallActivityAsync<int>(nameof(Number), i)));
        context.SetCustomStatus("back");
        return numbers.Sum() + await context.WaitForExternalEvent<int>("go");
    }

    [Function(nameof(Number))]
    public static int Number([ActivityTrigger] int number) => number;
}
