using System.CommandLine;

namespace MeshPort.Host;

/// <summary><c>meshport serve</c>: runs the functions on this machine until it is stopped.</summary>
internal static class ServeCommand
{
    internal const int DefaultPort = 7071; // the default of Azure Functions Core Tools

    public static Command Create()
    {
        var sandbox = new Option<bool>("--sandbox") { Description = "Use a built-in simulated Azure, which the data directory stores." };
        var data = new Option<DirectoryInfo?>("--data")
        {
            Description = "The directory of the state [default: in the user's local data folder].",
        }.MustBeAPath();
        var settings = new Option<FileInfo?>("--settings")
        {
            Description = "A JSON file with settings; environment variables override it.",
        }.MustBeAPath();
        var port = new Option<int>("--port")
        {
            Description = "The port of the HTTP API on 127.0.0.1; 0 selects a free one.",
            DefaultValueFactory = _ => DefaultPort,
        }.Must(OptionChecks.IsPort, OptionChecks.Port);
        var timeScale = TimeScaleOption.Create("60 with --sandbox, otherwise real time");
        var command = new Command("serve", "Runs MeshPort on this machine, against Azure or a simulated Azure.")
        {
            sandbox,
            data,
            settings,
            port,
            timeScale,
        };
        command.SetAction(
            (arguments, cancellationToken) =>
                CommandEdge.RunAsync(
                    token =>
                        new ServeRun
                        {
                            Sandbox = arguments.GetValue(sandbox),
                            Data = arguments.GetValue(data)?.ToString(),
                            Settings = arguments.GetValue(settings),
                            Port = arguments.GetValue(port),
                            TimeScale = arguments.GetValue(timeScale),
                        }.RunAsync(token),
                    cancellationToken
                )
        );
        return command;
    }
}
