namespace MeshPort.Runtime.Tests.Functions;

internal static class VersionedOrchestrators
{
    /// <summary>
    /// Returns the versions of this instance, of a child that inherits it and of one that does not. Then again as version 3.
    /// </summary>
    [Function(nameof(Versions))]
    public static async Task<string[]> Versions([OrchestrationTrigger] TaskOrchestrationContext context, string[]? past)
    {
        var inherited = await context.CallSubOrchestratorAsync<string>(nameof(TellVersion));
        var chosen = await context.CallSubOrchestratorAsync<string>(nameof(TellVersion), new TaskOptions { Version = "9" });
        string[] seen = [.. past ?? [], context.Version, inherited, chosen];
        if (past is null)
        {
            context.ContinueAsNew(new ContinueAsNewOptions { NewInput = seen, NewVersion = "3" });
        }

        return seen;
    }

    [Function(nameof(TellVersion))]
    public static Task<string> TellVersion([OrchestrationTrigger] TaskOrchestrationContext context) => Task.FromResult(context.Version);
}
