using System.CommandLine;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Host.Probes;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport probe</c>: proves an exposure from this machine.</summary>
internal static class ProbeCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("PORT|EXPOSURE") { Description = "The port, or the name of the exposure." };
        var cluster = CommonOptions.Cluster();
        var to = new Option<string?>("--address")
        {
            Description = "Connect to this address instead of the gateway's, such as that of a tunnel or a DNS name.",
            HelpName = "ADDRESS",
        };
        var port = new Option<int?>("--port")
        {
            Description = "Connect to this port instead of the exposure's, such as that of a tunnel.",
            HelpName = "PORT",
        }.Must(OptionChecks.IsPort, OptionChecks.Port);
        return new ClientCommand(
            "probe",
            "Connects to an exposure from this machine, as telnet would, and prints the exchange. Exit code 0 when its probe succeeds.",
            "meshport probe tcpecho",
            "meshport probe 9000",
            "meshport probe tcpecho --address 127.0.0.1 --port 19000"
        )
        {
            name,
            cluster,
            to,
            port,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var found = await session.FindByPortAsync(arguments.GetRequiredValue(name), arguments.GetValue(cluster), cancellationToken);
                var exposure = new DesiredExposure(found.Metadata.Name, found.Spec);
                var address =
                    arguments.GetValue(to)
                    ?? found.AddressOf(exposure.Gateway)
                    ?? throw new UsageException(
                        $"The {exposure.Gateway} gateway has no address yet. 'meshport watch {found.Cluster.Name}' shows the progress."
                    );
                if (arguments.GetValue(to) is null && Others(found, address) is { Length: > 0 } others)
                {
                    session.Screen.Note($"This probes {address}. Exposure {exposure.Name} also has {others}; name one with --address.");
                }

                var asked = arguments.GetValue(port) ?? Session.Port(arguments.GetRequiredValue(name));
                var telnet = new TelnetSession(session.Screen.Out);
                if (await telnet.TalkAsync(address, exposure, cancellationToken, asked) is not { } failure)
                {
                    if (exposure is { Expect: null, PassesTlsThrough: false })
                    {
                        session.Screen.Note(
                            "The connection stayed open for a moment, which proves the gateway. Set probe.expect to prove the backend too."
                        );
                    }

                    return ExitCodes.Success;
                }

                session.Screen.Error(
                    $"exposure {exposure.Name} is not reachable from this machine: {failure}. "
                        + $"'meshport describe exposure {exposure.Name}' shows what MeshPort observes."
                );
                return ExitCodes.Failed;
            }
        );
    }

    private static string Others(ResourceView exposure, string address) =>
        string.Join(
            ", ",
            (exposure.Status.Addresses ?? []).Where(other => other.Ip != address).Select(other => $"{other.Ip} ({other.Gateway})")
        );
}
