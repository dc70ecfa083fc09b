using System.CommandLine;
using MeshPort.Host.Environments;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport validate</c>: checks files without a server.</summary>
internal static class ValidateCommand
{
    public static Command Create()
    {
        var file = CommonOptions.RequiredFile();
        return new ClientCommand(
            "validate",
            "Checks files by MeshPort's rules, without a server. Prints every error with its line, column, field and remedy; exit code 2.",
            "meshport validate -f samples/tcpecho.yaml",
            "cat environment.yaml | meshport validate -f -"
        )
        {
            file,
        }.Runs(
            (session, arguments, _) =>
            {
                var environments = EnvironmentFile.Read(arguments.GetRequiredValue(file));
                var exposures = environments.Sum(environment => environment.Exposures.Count);
                session.Screen.Note($"Valid: {Counted.Of(environments.Count, "cluster")}, {Counted.Of(exposures, "exposure")}.");
                return Task.FromResult(ExitCodes.Success);
            }
        );
    }
}
