using System.CommandLine;
using MeshPort.Host.Output;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport reconcile</c>: one convergence now.</summary>
internal static class ReconcileCommand
{
    public static Command Create()
    {
        var cluster = CommonOptions.ClusterArgument();
        var noWait = CommonOptions.NoWait();
        var timeout = CommonOptions.Timeout();
        return new ClientCommand(
            "reconcile",
            "Observes a cluster and its exposures now, repairs what differs, and follows it.",
            "meshport reconcile istiotest"
        )
        {
            cluster,
            noWait,
            timeout,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var id = await session.FindClusterAsync(arguments.GetValue(cluster), cancellationToken);
                var api = await session.ConnectAsync(cancellationToken);
                var operation = await api.ReconcileAsync(id, cancellationToken);
                if (arguments.GetValue(noWait) || operation is null)
                {
                    session.Screen.Note($"The server has accepted it. To watch it, run: meshport watch {id.Name}");
                    return ExitCodes.Success;
                }

                return await WatchCommand.RunAsync(
                    session,
                    [id],
                    arguments.GetValue(timeout),
                    Format.Table,
                    cancellationToken,
                    [operation]
                );
            }
        );
    }
}
