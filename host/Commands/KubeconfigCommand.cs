using System.CommandLine;
using MeshPort.Host.Contexts;
using MeshPort.Host.Output;
using MeshPort.Host.Simulation;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport kubeconfig</c>: the kubeconfig of a cluster in the simulated Azure.</summary>
internal static class KubeconfigCommand
{
    public static Command Create()
    {
        var cluster = CommonOptions.ClusterArgument();
        var path = new Option<bool>("--path") { Description = "Print the path of the file instead of its content." };
        var data = new Option<DirectoryInfo?>("--data")
        {
            Description = "The data directory of the server [default: the server of this machine].",
            HelpName = "DIRECTORY",
        }.MustBeAPath();
        return new ClientCommand(
            "kubeconfig",
            "Prints the kubeconfig of a cluster of 'serve --sandbox' on this machine. For AKS, use 'az aks get-credentials'.",
            "meshport kubeconfig > kubeconfig.yaml",
            "kubectl --kubeconfig $(meshport kubeconfig istiotest --path) get pods -A"
        )
        {
            cluster,
            path,
            data,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var serve = arguments.GetValue(data) is { } directory
                    ? await LocalServe.OfAsync(directory.FullName, cancellationToken)
                    : await FindAsync(session, cancellationToken);
                var file = FileOf(serve, await session.FindClusterAsync(arguments.GetValue(cluster), cancellationToken));
                if (arguments.GetValue(path))
                {
                    session.Screen.Out.WriteLine(file);
                }
                else
                {
                    session.Screen.Out.Write(await File.ReadAllTextAsync(file, cancellationToken));
                }

                return ExitCodes.Success;
            }
        );
    }

    private static async Task<LocalServe> FindAsync(Session session, CancellationToken cancellationToken)
    {
        var server = await session.ServerAsync(cancellationToken);
        return server.Local ?? await FindByAddressAsync(server, cancellationToken);
    }

    /// <summary>A context may name the server of this machine, too.</summary>
    private static async Task<LocalServe> FindByAddressAsync(Server server, CancellationToken cancellationToken) =>
        (await LocalServe.FindAsync(cancellationToken)).FirstOrDefault(serve => serve.Address == server.Connection.Address)
        ?? throw new UsageException(
            $"{server.Connection.Address} is not a server of this machine in its usual data directory. "
                + "Name the directory with --data, or use 'az aks get-credentials' for a cluster in Azure."
        );

    private static string FileOf(LocalServe serve, ClusterId id)
    {
        if (!serve.IsSandbox || serve.DataDirectory is not { } directory)
        {
            throw new UsageException(
                $"The server at {serve.Address} has no simulated Azure. "
                    + $"Run: az aks get-credentials --resource-group {id.ResourceGroup} --name {id.Name}"
            );
        }

        var wanted = KubeconfigFiles.PathOf(new SandboxDirectory(directory).Kubeconfigs, id.SubscriptionId, id.ResourceGroup, id.Name);
        return File.Exists(wanted)
            ? wanted
            : throw new UsageException(
                $"Cluster {id.Name} does not exist in the simulated Azure yet. 'meshport watch {id.Name}' shows the progress."
            );
    }
}
