using System.CommandLine;
using MeshPort.Host.Demo;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;

namespace MeshPort.Host;

/// <summary><c>meshport demo</c>: the whole walk-through against the simulated Azure, in one command.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var file = new Option<FileInfo?>("--file", "-f") { Description = "The environment to apply instead of the sample." }.MustBeAPath();
        var timeScale = TimeScaleOption.Create();
        var hold = new Option<bool>("--hold") { Description = "Keep everything running afterwards, to try it by hand, until Ctrl+C." };
        var command = new Command("demo", "Starts a simulated Azure and MeshPort, exposes a TCP port end to end and connects to it.")
        {
            file,
            timeScale,
            hold,
        };
        command.SetAction(
            (arguments, cancellationToken) =>
                CommandEdge.RunAsync(
                    token =>
                    {
                        var environments = EnvironmentFile.Read(arguments.GetValue(file)?.ToString() ?? EnvironmentFile.Sample);
                        return new DemoRun(
                            environments,
                            arguments.GetValue(timeScale) ?? TimeScaleOption.Default,
                            arguments.GetValue(hold),
                            new Screen(quiet: false, verbose: false)
                        ).RunAsync(token);
                    },
                    cancellationToken
                )
        );
        return command;
    }
}
