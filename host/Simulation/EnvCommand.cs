using System.CommandLine;

namespace MeshPort.Host.Simulation;

/// <summary>
/// <c>meshport sandbox env</c>: the environment variables that point Azure CLI, kubectl and the Azure SDKs at a running sandbox.
/// </summary>
internal static class EnvCommand
{
    public static Command Create()
    {
        var data = SandboxCommand.DataOption();
        var shell = new Option<string>("--shell")
        {
            Description = "The shell that reads the lines: posix or powershell.",
            DefaultValueFactory = _ => OperatingSystem.IsWindows() ? "powershell" : "posix",
        }.AcceptOnlyFromAmong("posix", "powershell");
        var command = new Command("env", "Prints the environment variables of a running sandbox's clients.") { data, shell };
        command.SetAction(
            (arguments, cancellationToken) =>
                CommandEdge.RunAsync(
                    _ =>
                    {
                        var directory = arguments.GetValue(data)?.FullName ?? SandboxDirectory.Default;
                        foreach (var (name, value) in new SandboxDirectory(directory).Environment())
                        {
                            Console.WriteLine(
                                arguments.GetValue(shell) == "powershell" ? $"$env:{name} = '{value}'" : $"export {name}='{value}'"
                            );
                        }

                        return Task.FromResult(ExitCodes.Success);
                    },
                    cancellationToken
                )
        );
        return command;
    }
}
