using System.CommandLine;
using MeshPort.Sandbox;

namespace MeshPort.Host.Simulation;

/// <summary><c>meshport sandbox</c>: the simulated Azure alone, for any client, and the commands for a running one.</summary>
internal static class SandboxCommand
{
    /// <summary>One instance, since it may stand before or after a subcommand.</summary>
    public static readonly Option<DirectoryInfo?> Data = new Option<DirectoryInfo?>("--data")
    {
        Description = "The directory for files that clients need [default: in the user's local data folder].",
    }.MustBeAPath();

    public static Command Create()
    {
        var state = new Option<FileInfo?>("--state")
        {
            Description = "A file that stores the simulated Azure across restarts [default: in memory only].",
        }.MustBeAPath();
        var port = PortOption();
        var timeScale = TimeScaleOption.Create();
        var seed = SeedOption();
        var reconciler = ReconcilerOption();
        var unthrottled = new Option<bool>("--no-throttling")
        {
            Description = "Disable Azure's request limits; by default a request over the limit gets 429.",
        };
        var quirks = new Option<bool>("--quirks")
        {
            Description = "Answer with oddities of real traffic: other letter case and key order, nulls.",
        };
        var command = new Command("sandbox", "Runs the simulated Azure alone, for any client.")
        {
            Data,
            state,
            port,
            timeScale,
            seed,
            reconciler,
            unthrottled,
            quirks,
        };
        command.Subcommands.Add(FaultCommand.Create());
        command.Subcommands.Add(EventCommand.Create());
        command.Subcommands.Add(EnvCommand.Create());
        command.SetAction(
            (arguments, cancellationToken) =>
                CommandEdge.RunAsync(
                    token =>
                    {
                        var options = new SandboxOptions
                        {
                            IsPaced = false, // clients in other processes have their own clocks
                            MachineTimes = true, // as above
                            TimeScale = arguments.GetValue(timeScale) ?? TimeScaleOption.Default,
                            StateFile = arguments.GetValue(state)?.FullName,
                            Port = arguments.GetValue(port),
                            AddOnReconcilerPeriod = arguments.GetResult(reconciler) is { Implicit: false }
                                ? TimeSpan.FromSeconds(
                                    arguments.GetValue(reconciler) ?? SandboxOptions.UsualAddOnReconcilerPeriod.TotalSeconds
                                )
                                : null,
                            Seed = arguments.GetValue(seed),
                            Throttling = !arguments.GetValue(unthrottled),
                            Quirks = arguments.GetValue(quirks),
                        };
                        return new SandboxRun(options, arguments.GetValue(Data)?.FullName ?? SandboxDirectory.Default).RunAsync(token);
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static Option<int> PortOption() =>
        new Option<int>("--port")
        {
            Description = "The port of Azure Resource Manager on 127.0.0.1; 0 selects the one of the state file, or a free one.",
        }.Must(OptionChecks.IsPort, OptionChecks.Port);

    private static Option<int?> SeedOption() =>
        new Option<int?>("--seed")
        {
            Description = "A whole number. The same seed and the same requests give the same ids and faults [default: random].",
        }.Must(text => int.TryParse(text, out _), "a whole number");

    private static Option<double?> ReconcilerOption() =>
        new Option<double?>("--add-on-reconciler")
        {
            Description =
                "Let the mesh add-on restore its Services every so many simulated seconds; 100 without a number [default: never].",
            Arity = ArgumentArity.ZeroOrOne,
        }.Must(
            text => double.TryParse(text, out var seconds) && seconds is > 0 and <= 86_400,
            "a number of seconds greater than 0 and at most a day (86400)"
        );
}
