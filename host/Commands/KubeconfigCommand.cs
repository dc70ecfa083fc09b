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
            Description = "The data directory of the server or the sandbox [default: those of the server of this machine].",
            HelpName = "DIRECTORY",
        }.MustBeAPath();
        return new ClientCommand(
            "kubeconfig",
            "Prints the kubeconfig of a cluster in the simulated Azure of this machine. For AKS, use 'az aks get-credentials'.",
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
                var directory = arguments.GetValue(data) is { } named
                    ? await OfAsync(named.FullName, cancellationToken)
                    : await FindAsync(session, cancellationToken);
                var file = FileOf(directory, await session.FindClusterAsync(arguments.GetValue(cluster), cancellationToken));
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

    /// <summary>The directory of a running sandbox: with <c>serve --sandbox</c>, the data directory of the server.</summary>
    private static async Task<string> FindAsync(Session session, CancellationToken cancellationToken)
    {
        var server = await session.ServerAsync(cancellationToken);
        var serve = server.Local ?? await FindByAddressAsync(server, cancellationToken);
        return DirectoryOf(serve)
            ?? throw new UsageException(
                $"The server at {serve.Address} has no simulated Azure on this machine. For a cluster in Azure, use "
                    + "'az aks get-credentials'; for 'meshport sandbox', name its directory with --data."
            );
    }

    /// <summary>The directory of a sandbox or of a server.</summary>
    private static async Task<string> OfAsync(string directory, CancellationToken cancellationToken) =>
        new SandboxDirectory(directory).FindControl() is not null
            ? directory
            : DirectoryOf(await LocalServe.OfAsync(directory, cancellationToken))
                ?? throw new UsageException($"Neither {directory} nor its server has a simulated Azure. Use 'az aks get-credentials'.");

    /// <summary>Settings that <c>meshport sandbox</c> has written are in its directory.</summary>
    private static string? DirectoryOf(LocalServe serve) =>
        serve.IsSandbox ? serve.DataDirectory
        : Path.GetDirectoryName(serve.Settings) is { } directory && new SandboxDirectory(directory).FindControl() is not null ? directory
        : null;

    /// <summary>A context may name the server of this machine, too.</summary>
    private static async Task<LocalServe> FindByAddressAsync(Server server, CancellationToken cancellationToken) =>
        (await LocalServe.FindAsync(cancellationToken)).FirstOrDefault(serve => serve.Address == server.Connection.Address)
        ?? throw new UsageException(
            $"{server.Connection.Address} is not a server of this machine in its usual data directory. "
                + "Name the directory with --data, or use 'az aks get-credentials' for a cluster in Azure."
        );

    private static string FileOf(string directory, ClusterId id) =>
        KubeconfigFiles.Find(new SandboxDirectory(directory).Kubeconfigs, id.SubscriptionId, id.ResourceGroup, id.Name)
        ?? throw new UsageException(
            $"Cluster {id.Name} does not exist in the simulated Azure yet. 'meshport watch {id.Name}' shows the progress."
        );
}
