using MeshPort.Runtime.Tests.Crash;
using MeshPort.Runtime.Tests.Killed;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace MeshPort.Runtime.Tests;

/// <summary>The entry point. It runs the child processes of the kill tests, or else the generated entry point.</summary>
internal static class EntryPoint
{
    public static Task<int> Main(string[] args) =>
        args switch
        {
            [ChainWorker.Argument, var directory] => ChainWorker.RunAsync(directory),
            [CrashWorker.Argument, var directory, var point, var commit] => CrashWorker.RunAsync(directory, point, commit),
            [LoadWorker.Argument, var directory] => LoadWorker.RunAsync(directory),
            _ when args.Any(argument => argument is "--server" or "--internal-msbuild-node") => TestPlatformTestFramework.RunAsync(
                args,
                SelfRegisteredExtensions.AddSelfRegisteredExtensions
            ),
            _ => ConsoleRunner.Run(args),
        };
}
