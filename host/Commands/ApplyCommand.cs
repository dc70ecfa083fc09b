using System.CommandLine;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport apply</c>: plans, asks, requests, and follows until everything is Ready.</summary>
internal static class ApplyCommand
{
    public static Command Create()
    {
        var file = CommonOptions.RequiredFile();
        var yes = CommonOptions.Yes();
        var prune = new Option<bool>("--prune")
        {
            Description = "Remove the exposures that the file does not have, of the file's clusters only.",
        };
        var noWait = CommonOptions.NoWait();
        var timeout = CommonOptions.Timeout();
        var format = FormatOption.Create("table", "json");
        return new ClientCommand(
            "apply",
            "Makes clusters and exposures as a file describes them. Exit code 0 when all are Ready. The same file again changes nothing.",
            "meshport apply -f samples/tcpecho.yaml",
            "meshport apply -f environments/ --prune --yes --timeout 45m",
            "meshport export | meshport apply -f - --yes"
        )
        {
            file,
            yes,
            prune,
            noWait,
            timeout,
            format,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var environments = EnvironmentFile.Read(arguments.GetRequiredValue(file));
                var api = await session.ConnectAsync(cancellationToken);
                var apply = new ApplyRun(session.Screen, api, FormatOption.Of(arguments.GetValue(format)))
                {
                    Yes = arguments.GetValue(yes),
                    Prune = arguments.GetValue(prune),
                    NoWait = arguments.GetValue(noWait),
                    Timeout = arguments.GetValue(timeout),
                };
                return (await apply.RunAsync(environments, cancellationToken)).ExitCode;
            }
        );
    }
}
