using System.CommandLine;
using MeshPort.Host;

var parsed = MeshPortCommands.Create().Parse(args is [] ? ["--help"] : args);
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
