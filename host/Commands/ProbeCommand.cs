using System.CommandLine;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Host.Probes;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport probe</c>: proves an exposure from this machine.</summary>
internal static class ProbeCommand
{
    public static Command Create()
    {
        var name = CommonOptions.Exposure();
        var cluster = CommonOptions.Cluster();
        return new ClientCommand(
            "probe",
            "Connects to an exposure from this machine, as telnet would, and prints the exchange. Exit code 0 when its probe succeeds.",
            "meshport probe tcpecho"
        )
        {
            name,
            cluster,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var found = await session.FindExposureAsync(
                    arguments.GetRequiredValue(name),
                    arguments.GetValue(cluster),
                    cancellationToken
                );
                var exposure = new DesiredExposure(found.Metadata.Name, found.Spec);
                var address =
                    found.AddressOf(exposure.Gateway)
                    ?? throw new UsageException(
                        $"The {exposure.Gateway} gateway has no address yet. 'meshport watch {found.Cluster.Name}' shows the progress."
                    );
                if (await new TelnetSession(session.Screen.Out).TalkAsync(address, exposure, cancellationToken) is not { } failure)
                {
                    if (exposure is { Expect: null, IsTls: false })
                    {
                        session.Screen.Note(
                            "The connection stayed open for a moment, which proves the gateway. Set probe.expect to prove the backend too."
                        );
                    }

                    return ExitCodes.Success;
                }

                await Console.Error.WriteLineAsync(
                    $"meshport: exposure {exposure.Name} is not reachable from this machine: {failure}. "
                        + $"'meshport describe exposure {exposure.Name}' shows what MeshPort observes."
                );
                return ExitCodes.Failed;
            }
        );
    }
}
