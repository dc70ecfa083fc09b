using System.CommandLine;
using MeshPort.Sandbox;

namespace MeshPort.Host.Simulation;

/// <summary><c>meshport sandbox</c>: the simulated Azure alone, for any client; and what talks to one that runs.</summary>
internal static class SandboxCommand
{
    public static Command Create()
    {
        var data = DataOption();
        var state = new Option<FileInfo?>("--state")
        {
            Description = "A file that keeps the simulated world over restarts [default: it is forgotten].",
        }.MustBeAPath();
        var port = PortOption();
        var timeScale = TimeScaleOption.Create();
        var seed = SeedOption();
        var reconciler = ReconcilerOption();
        var unthrottled = new Option<bool>("--no-throttling")
        {
            Description = "Do not count requests in Azure's token buckets; by default they are refused with 429 when one is empty.",
        };
        var quirks = new Option<bool>("--quirks")
        {
            Description = "Answer with the oddities of real traffic: other spellings and key order, nulls.",
        };
        var command = new Command("sandbox", "Runs the simulated Azure alone, for any client.")
        {
            data,
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
        command.SetAction(
            (arguments, cancellationToken) =>
                CommandEdge.RunAsync(
                    token =>
                    {
                        var options = new SandboxOptions
                        {
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
                        return new SandboxRun(options, arguments.GetValue(data)?.FullName ?? SandboxDirectory.Default).RunAsync(token);
                    },
                    cancellationToken
                )
        );
        return command;
    }

    public static Option<DirectoryInfo?> DataOption() =>
        new Option<DirectoryInfo?>("--data")
        {
            Description = $"Where the sandbox writes what its clients need [default: {SandboxDirectory.Default}].",
        }.MustBeAPath();

    private static Option<int> PortOption() =>
        new Option<int>("--port")
        {
            Description = "The port of Azure Resource Manager on 127.0.0.1; 0 takes the one of the state file, else a free one.",
        }.Must(OptionChecks.IsPort, OptionChecks.Port);

    private static Option<int?> SeedOption() =>
        new Option<int?>("--seed")
        {
            Description = "A whole number: the same seed and the same requests give the same ids and faults [default: by chance].",
        }.Must(text => int.TryParse(text, out _), "a whole number");

    private static Option<double?> ReconcilerOption() =>
        new Option<double?>("--add-on-reconciler")
        {
            Description =
                "The mesh add-on puts its own Services back, every so many simulated seconds; 100 if no number is given [default: never].",
            Arity = ArgumentArity.ZeroOrOne,
        }.Must(
            text => double.TryParse(text, out var seconds) && seconds is > 0 and <= 86_400,
            "a number of seconds greater than 0 and at most a day (86400)"
        );
}
