using System.CommandLine;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Host.Progress;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport watch</c>: follows the running operations of clusters.</summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        var clusters = new Argument<string[]>("CLUSTER")
        {
            Description = "The clusters: [SUBSCRIPTION/][GROUP/]NAME. Needed only if there are several.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var timeout = CommonOptions.Timeout();
        var format = FormatOption.Create("table", "json");
        return new ClientCommand(
            "watch",
            "Follows the running operations of clusters until they end. Exit code 0 when the clusters and all their exposures are Ready.",
            "meshport watch",
            "meshport watch istiotest --timeout 30m"
        )
        {
            clusters,
            timeout,
            format,
        }.Runs(
            async (session, arguments, cancellationToken) =>
            {
                string?[] names = arguments.GetValue(clusters) ?? [];
                var ids = new List<ClusterId>();
                foreach (var name in names.DefaultIfEmpty())
                {
                    ids.Add(await session.FindClusterAsync(name, cancellationToken));
                }

                return await RunAsync(
                    session,
                    ids,
                    arguments.GetValue(timeout),
                    FormatOption.Of(arguments.GetValue(format)),
                    cancellationToken
                );
            }
        );
    }

    /// <summary>Follows everything that runs for the clusters, and reports their end state.</summary>
    public static async Task<int> RunAsync(
        Session session,
        IReadOnlyList<ClusterId> clusters,
        TimeSpan? timeout,
        Format format,
        CancellationToken cancellationToken,
        IReadOnlyList<Uri>? started = null
    )
    {
        var api = await session.ConnectAsync(cancellationToken);
        var operations = new List<Uri>(started ?? []);
        var environments = new List<DesiredEnvironment>();
        foreach (var cluster in clusters)
        {
            environments.Add(await StoredEnvironment.ReadAsync(api, cluster, cancellationToken));
            operations.AddRange(started is null ? await Follower.RunningAsync(api, cluster, null, cancellationToken) : []);
        }

        var journey = new Journey(api, environments);
        if (operations.Count > 0)
        {
            await new Follower(session.Screen, format, timeout, Follower.Watch(clusters)).FollowAsync(
                journey,
                operations,
                cancellationToken
            );
        }
        else
        {
            session.Screen.Note("No operation is running.");
        }

        // The operations may have added and removed exposures.
        var destinations = new List<Destination>();
        foreach (var cluster in clusters)
        {
            destinations.Add(await StoredEnvironment.ReadStateAsync(api, cluster, cancellationToken));
        }

        return new ResultText(session.Screen, format).Write(destinations);
    }
}
