using System.CommandLine;
using MeshPort.Host;
using MeshPort.Host.Simulation;

var root = new RootCommand("Makes a TCP port on an AKS cluster reachable from outside, proves it, and keeps it so.")
{
    DemoCommand.Create(),
    ServeCommand.Create(),
    SandboxCommand.Create(),
};
var parsed = root.Parse(args is [] ? ["--help"] : args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        await Console.Error.WriteLineAsync($"meshport: {error.Message}");
    }

    await Console.Error.WriteLineAsync("meshport: run 'meshport --help' or 'meshport COMMAND --help' for usage.");
    return ExitCodes.BadInput;
}

// The default of 2 s is too short to stop the functions and then the sandbox.
return await parsed.InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20), EnableDefaultExceptionHandler = false }
);
