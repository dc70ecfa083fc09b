namespace MeshPort.Runtime.Tests.Crash;

internal sealed class LoadFunctions
{
    [Function(nameof(Busy))]
    public static async Task<int> Busy([OrchestrationTrigger] TaskOrchestrationContext context, string id)
    {
        var first = await Task.WhenAll(
            Enumerable.Range(0, 3).Select(i => context.CallActivityAsync<string>(nameof(ScenarioFunctions.Do), $"{id} {i}"))
        );
        context.SetCustomStatus("half way");
        await context.CreateTimer(TimeSpan.FromMilliseconds(15), CancellationToken.None);
        var kid = context.CallSubOrchestratorAsync<string>(
            nameof(ScenarioFunctions.WithKid),
            $"of {id}",
            new TaskOptions().WithInstanceId($"{id}-child")
        );
        using var cancel = new CancellationTokenSource();
        if (await Task.WhenAny(kid, context.CreateTimer(TimeSpan.FromHours(1), cancel.Token)) == kid)
        {
#pragma warning disable CA1849 // the asynchronous method would leave the orchestrator's context
            cancel.Cancel();
#pragma warning restore CA1849
        }

        return first.Count(done => done.Contains(id, StringComparison.Ordinal)) + (await kid == $"did kid of {id}" ? 10 : 0);
    }
}
