namespace MeshPort.Runtime.Tests.Crash;

/// <summary>The child process that works until it is killed.</summary>
internal static class LoadWorker
{
    public const string Argument = "--load-worker";

    public static async Task<int> RunAsync(string directory)
    {
        await using var engine = await CrashEngine.StartAsync(directory);
        await new Load(engine, CancellationToken.None).RunAsync(forever: true);
        return 0;
    }
}
