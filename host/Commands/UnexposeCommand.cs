using System.CommandLine;
using System.Globalization;
using MeshPort.Host.Api;
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
                    var found = await FindAsync(session, arguments.GetRequiredValue(what), arguments.GetValue(cluster), cancellationToken);
                    return await options.RunAsync(session, arguments, [(found.Cluster, found.Metadata.Id)], cancellationToken);
                }
            );
    }

    private static async Task<ResourceView> FindAsync(Session session, string what, string? cluster, CancellationToken cancellationToken)
    {
        if (!int.TryParse(what, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            return await session.FindExposureAsync(what, cluster, cancellationToken);
        }

        var api = await session.ConnectAsync(cancellationToken);
        var id = cluster is null ? default : await session.FindClusterAsync(cluster, cancellationToken);
        var scope = cluster is null ? await session.ScopeAsync(false, cancellationToken) : new Scope(id.SubscriptionId, id.ResourceGroup);
        return (await api.ListExposuresAsync(scope, new ExposureFilter(Port: port, Cluster: id.Name), cancellationToken)) switch
        {
            [var one] => one,
            [] => throw new UsageException($"No exposure has port {port}. 'meshport get exposures -A' lists all."),
            var several => throw new UsageException(
                $"{several.Count} exposures have port {port}: {string.Join(", ", several.Select(one => one.Metadata.Id))}. Name one."
            ),
        };
    }
}
