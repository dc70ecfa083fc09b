using MeshPort.Runtime.Tests.Killed;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace MeshPort.Runtime.Tests;

/// <summary>The generated entry point, and before it the child process of <see cref="KilledProcessTests"/>.</summary>
internal static class EntryPoint
{
    public static Task<int> Main(string[] args) => args switch
    {
        [ChainWorker.Argument, var directory] => ChainWorker.RunAsync(directory),
        _ when args.Any(argument => argument is "--server" or "--internal-msbuild-node") => TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
        _ => ConsoleRunner.Run(args),
    };
}
