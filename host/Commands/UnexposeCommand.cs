using System.CommandLine;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport unexpose</c>: closes a port, by its number or by the name of its exposure.</summary>
internal static class UnexposeCommand
{
    public static Command Create()
    {
        var what = new Argument<string>("PORT|EXPOSURE") { Description = "The port, or the name of the exposure." };
        var cluster = CommonOptions.Cluster();
        var options = new DeleteOptions();
        return options
            .AddTo(
                new ClientCommand(
                    "unexpose",
                    "Closes a port, and deletes the objects behind it. Asks first.",
                    "meshport unexpose 6379",
                    "meshport unexpose redis-6379 --cluster istiotest --yes"
                )
                {
                    what,
                    cluster,
                },
                keepAzure: false
            )
            .Runs(
                async (session, arguments, cancellationToken) =>
                {
                    var found = await session.FindByPortAsync(
                        arguments.GetRequiredValue(what),
                        arguments.GetValue(cluster),
                        cancellationToken
                    );
                    if (
                        Session.Port(arguments.GetRequiredValue(what)) is { } port
                        && new DesiredExposure(found.Metadata.Name, found.Spec) is { Ports: not [{ Count: 1 }], PortText: var ports }
                    )
                    {
                        throw new UsageException(
                            $"Port {port} is one of the ports {ports} of exposure {found.Metadata.Name}. "
                                + $"'meshport unexpose {found.Metadata.Name}' closes all of them; "
                                + "to close some, apply the exposure without them."
                        );
                    }

                    return await options.RunAsync(session, arguments, [(found.Cluster, found.Metadata.Id)], cancellationToken);
                }
            );
    }
}
