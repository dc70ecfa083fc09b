using System.CommandLine;

namespace MeshPort.Host.Simulation;

/// <summary>Adds the options and the error handling of commands that call a running sandbox's control endpoint.</summary>
internal static class ControlCommand
{
    private static readonly Option<string?> Endpoint = new Option<string?>("--endpoint")
    {
        Description = "The control endpoint, instead of the one that the directory's file names.",
    }.Must(text => Address(text) is not null, "the address that the sandbox prints, such as http://127.0.0.1:41001/");

    private static readonly Option<FileInfo?> KeyFile = new Option<FileInfo?>("--key-file")
    {
        Description = "The file with the sandbox's key, instead of the directory's key file.",
    }.MustBeAPath();

    /// <param name="talk">Calls the sandbox. Its errors go to standard error, one a line.</param>
    public static Command Calling(Command command, Func<ControlClient, ParseResult, CancellationToken, Task> talk)
    {
        command.Options.Add(SandboxCommand.Data);
        command.Options.Add(Endpoint);
        command.Options.Add(KeyFile);
        command.SetAction(
            (arguments, cancellationToken) =>
                CommandEdge.RunAsync(
                    async token =>
                    {
                        using var client = ControlClient.Find(
                            arguments.GetValue(SandboxCommand.Data)?.FullName ?? SandboxDirectory.Default,
                            Address(arguments.GetValue(Endpoint)),
                            arguments.GetValue(KeyFile)?.FullName
                        );
                        try
                        {
                            await talk(client, arguments, token);
                            return ExitCodes.Success;
                        }
                        catch (ControlRefusedException refusal)
                        {
                            foreach (var problem in refusal.Problems)
                            {
                                await Console.Error.WriteLineAsync($"meshport: {problem}");
                            }

                            return ExitCodes.BadInput;
                        }
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static Uri? Address(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp ? address : null;
}
