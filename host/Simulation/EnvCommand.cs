using System.CommandLine;

namespace MeshPort.Host.Simulation;

/// <summary><c>meshport sandbox env</c>: the variables that point clients at the running sandbox, as commands of a shell.</summary>
internal static class EnvCommand
{
    private const string Bash = "bash";
    private const string PowerShell = "powershell";

    public static Command Create()
    {
        var shell = new Option<string>("--shell")
        {
            Description = "The shell that reads the output.",
            DefaultValueFactory = _ => OperatingSystem.IsWindows() ? PowerShell : Bash,
        };
        shell.AcceptOnlyFromAmong(Bash, PowerShell);
        var command = new Command("env", "Prints the variables that point az, kubectl, Terraform and the SDKs at the running sandbox.")
        {
            SandboxCommand.Data,
            shell,
        };
        command.SetAction(
            (arguments, cancellationToken) =>
                CommandEdge.RunAsync(
                    async token =>
                    {
                        var path = arguments.GetValue(SandboxCommand.Data)?.FullName ?? SandboxDirectory.Default;
                        using var client = ControlClient.Find(path, endpoint: null, keyFile: null);
                        await client.SendAsync(HttpMethod.Get, "/sandbox/clock", null, token); // the files of a killed sandbox remain
                        foreach (var (name, value) in new SandboxVariables(new SandboxDirectory(path)).All())
                        {
                            Console.WriteLine(Line(arguments.GetRequiredValue(shell), name, value));
                        }

                        return ExitCodes.Success;
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static string Line(string shell, string name, string value) =>
        shell == PowerShell
            ? $"$env:{name} = '{value.Replace("'", "''", StringComparison.Ordinal)}'"
            : $"export {name}='{value.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
