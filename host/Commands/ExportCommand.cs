using System.CommandLine;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport export</c>: the stored clusters and exposures as environment files.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var clusters = new Argument<string[]>("CLUSTER")
        {
            Description = "The clusters: [SUBSCRIPTION/][GROUP/]NAME [default: all of the context].",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var all = CommonOptions.All();
        var adoptable = new Option<bool>("--adoptable")
        {
            Description =
                "Print exposures for the TCP listeners of Gateways that no exposure has, instead of the exposures. To apply them makes "
                + "MeshPort take over the listeners. Comments tell which ones cannot be taken over, and why.",
        };
        return new ClientCommand(
            "export",
            "Prints clusters and exposures as an environment file, which 'apply' accepts. One document for each cluster.",
            "meshport export > environment.yaml",
            "meshport export istiotest",
            "meshport export istiotest --adoptable > by-hand.yaml"
        )
        {
            clusters,
            all,
            adoptable,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                var api = await session.ConnectAsync(cancellationToken);
                var ids = new List<ClusterId>();
                if (arguments.GetValue(clusters) is { Length: > 0 } names)
                {
                    foreach (var name in names)
                    {
                        ids.Add(await session.FindClusterAsync(name, cancellationToken));
                    }
                }
                else
                {
                    var scope = await session.ScopeAsync(arguments.GetValue(all), cancellationToken);
                    ids.AddRange((await api.ListClustersAsync(scope, cancellationToken)).Select(cluster => cluster.Cluster));
                }

                session.Screen.Out.Write($"# yaml-language-server: $schema={EnvironmentSchema.Id}\n");
                foreach (var (index, id) in ids.Index())
                {
                    var (environment, obstacles) = arguments.GetValue(adoptable)
                        ? await StoredEnvironment.ReadAdoptableAsync(api, id, cancellationToken)
                        : (await StoredEnvironment.ReadOwnAsync(api, id, cancellationToken), []);
                    session.Screen.Out.Write(index > 0 ? "---\n" : "");
                    foreach (var obstacle in obstacles)
                    {
                        session.Screen.Out.Write($"# {obstacle.ReplaceLineEndings(" ")}\n");
                    }

                    session.Screen.Out.Write(YamlText.Write(StoredEnvironment.ToFile(environment)));
                }

                return ExitCodes.Success;
            }
        );
    }
}
