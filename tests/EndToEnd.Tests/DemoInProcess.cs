using MeshPort.EndToEnd.Tests.Commands;
using MeshPort.Host.Demo;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;

namespace MeshPort.EndToEnd.Tests;

/// <summary><c>meshport demo</c> without a process of its own, whose start costs more than the demo.</summary>
internal static class DemoInProcess
{
    private const double TimeScale = 240;

    public static async Task<Outcome> RunAsync(string file)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        var screen = new Screen(quiet: false, verbose: false, TextWriter.Synchronized(output), TextWriter.Synchronized(errors));
        var demo = new DemoRun(EnvironmentFile.Read(file), TimeScale, hold: false, screen);
        var exitCode = await demo.RunAsync(TestContext.Current.CancellationToken);
        return new Outcome(exitCode, $"{output}", $"{errors}");
    }
}
