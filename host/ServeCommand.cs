using System.CommandLine;

namespace MeshPort.Host;

/// <summary><c>meshport serve</c>: the functions on this machine, for as long as they are wanted.</summary>
internal static class ServeCommand
{
    private const int DefaultPort = 7071; // where Azure Functions Core Tools serve

    public static Command Create()
    {
        var sandbox = new Option<bool>("--sandbox")
        {
            Description = "Work against a built-in simulated Azure that is kept in the data directory.",
        };
        var data = new Option<DirectoryInfo?>("--data")
        {
            Description = "Where the state is kept [default: the user's local data folder].",
        }.MustBeAPath();
        var settings = new Option<FileInfo?>("--settings")
        {
            Description = "A JSON file with settings; environment variables override it.",
        }.MustBeAPath();
        var port = new Option<int>("--port")
        {
            Description = "The port of the HTTP API on 127.0.0.1; 0 takes a free one.",
            DefaultValueFactory = _ => DefaultPort,
        }.Must(OptionChecks.IsPort, OptionChecks.Port);
        var timeScale = TimeScaleOption.Create("with --sandbox 60, else real time");
        var command = new Command("serve", "Runs MeshPort on this machine, against Azure or against a simulated one.")
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
