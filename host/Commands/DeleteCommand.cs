using System.CommandLine;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Host.Planning;
using MeshPort.Host.Progress;
using MeshPort.Model;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport delete -f FILE|cluster|exposure</c>.</summary>
internal static class DeleteCommand
{
    public static Command Create()
    {
        var file = CommonOptions.File();
        var options = new DeleteOptions();
        var command = options.AddTo(
            new ClientCommand(
                "delete",
                "Deletes exposures, or clusters with their exposures and everything that MeshPort created for them. Asks first.",
                "meshport delete exposure tcpecho",
                "meshport delete cluster istiotest --keep-azure",
                "meshport delete -f samples/tcpecho.yaml --yes"
            )
            {
                file,
            },
            keepAzure: true
        );
        command.Subcommands.Add(Cluster(options, file));
        command.Subcommands.Add(Exposure(options, file));
        return command.Runs(
            (session, arguments, cancellationToken) =>
            {
                var path =
                    arguments.GetValue(file)
                    ?? throw new UsageException(
                        "Name the object: -f FILE, 'cluster NAME' or 'exposure NAME'. See 'meshport delete --help'."
                    );
                var clusters = EnvironmentFile.Read(path).Select(environment => environment.Cluster);
                return options.RunAsync(session, arguments, [.. clusters.Select(id => (id, id.Path))], cancellationToken);
            }
        );
    }

    /// <param name="options">Those of <c>delete</c> itself, since they may stand before the subcommand.</param>
    /// <param name="file">An option of <c>delete</c> alone.</param>
    private static Command Cluster(DeleteOptions options, Option<string?> file)
    {
        var name = new Argument<string>("CLUSTER") { Description = "The cluster: [SUBSCRIPTION/][GROUP/]NAME." };
        return options
            .AddTo(
                new ClientCommand(
                    "cluster",
                    "Deletes a cluster, its exposures, and what MeshPort created for them.",
                    "meshport delete cluster istiotest"
                )
                {
                    name,
                },
                keepAzure: true
            )
            .Runs(
                async (session, arguments, cancellationToken) =>
                {
                    RequireOneWay(arguments, file);
                    var id = await session.FindClusterAsync(arguments.GetRequiredValue(name), cancellationToken);
                    return await options.RunAsync(session, arguments, [(id, id.Path)], cancellationToken);
                }
            );
    }

    /// <inheritdoc cref="Cluster"/>
    private static Command Exposure(DeleteOptions options, Option<string?> file)
    {
        var name = CommonOptions.Exposure();
        var cluster = CommonOptions.Cluster();
        return options
            .AddTo(
                new ClientCommand("exposure", "Closes a port and deletes the objects behind it.", "meshport delete exposure tcpecho")
                {
                    name,
                    cluster,
                },
                keepAzure: false
            )
            .Runs(
                async (session, arguments, cancellationToken) =>
                {
                    RequireOneWay(arguments, file);
                    options.RefuseKeepAzure(arguments);
                    var found = await session.FindExposureAsync(
                        arguments.GetRequiredValue(name),
                        arguments.GetValue(cluster),
                        cancellationToken
                    );
                    return await options.RunAsync(session, arguments, [(found.Cluster, found.Metadata.Id)], cancellationToken);
                }
            );
    }

    private static void RequireOneWay(ParseResult arguments, Option<string?> file)
    {
        if (arguments.GetValue(file) is { } path)
        {
            throw new UsageException($"Name the object either by -f {path} or by its name, not both.");
        }
    }
}

/// <summary>The options of a deletion, and the deletion.</summary>
internal sealed class DeleteOptions
{
    private readonly Option<bool> _yes = CommonOptions.Yes();
    private readonly Option<bool> _noWait = CommonOptions.NoWait();
    private readonly Option<TimeSpan?> _timeout = CommonOptions.Timeout();
    private readonly Option<bool> _keepAzure = new("--keep-azure") { Description = "Only forget the cluster; Azure keeps everything." };

    public ClientCommand AddTo(ClientCommand command, bool keepAzure)
    {
        command.Options.Add(_yes);
        command.Options.Add(_noWait);
        command.Options.Add(_timeout);
        if (keepAzure)
        {
            command.Options.Add(_keepAzure);
        }

        return command;
    }

    public void RefuseKeepAzure(ParseResult arguments)
    {
        if (arguments.GetValue(_keepAzure))
        {
            throw new UsageException("--keep-azure is for clusters. Remove it.");
        }
    }

    /// <summary>Shows the plan, asks, deletes and follows.</summary>
    /// <param name="named">The paths of clusters or exposures, each with its cluster. Of several, those that are gone are left out.</param>
    public async Task<int> RunAsync(
        Session session,
        ParseResult arguments,
        IReadOnlyList<(ClusterId Cluster, string Path)> named,
        CancellationToken cancellationToken
    )
    {
        var api = await session.ConnectAsync(cancellationToken);
        var keepAzure = arguments.GetValue(_keepAzure);
        var asks = !arguments.GetValue(_yes);
        var text = new PlanText(session.Screen.Plan(Format.Table, asks), session.Screen.Paint);
        var targets = new List<(ClusterId Cluster, string Path, string? Etag)>();
        foreach (var (cluster, path) in named)
        {
            try
            {
                var found = await api.GetAsync(path, cancellationToken);
                text.WriteChanges(cluster, (await api.PlanDeleteAsync(path, keepAzure, cancellationToken)).Changes);
                targets.Add((cluster, path, found.Metadata.Etag));
            }
            catch (ApiException gone) when (gone.IsNotFound && named.Count > 1)
            {
                session.Screen.Note($"{path} does not exist.");
            }
        }

        if (targets.Count == 0)
        {
            return ExitCodes.Success;
        }

        if (asks && !await Screen.ConfirmAsync("Delete these?", cancellationToken))
        {
            session.Screen.Note("Nothing was deleted.");
            return ExitCodes.Failed;
        }

        var first = targets[0].Cluster;
        var watch = $"meshport get operations --cluster {first.SubscriptionId}/{first.ResourceGroup}/{first.Name} -w";
        var operations = new List<Uri>();
        var accepted = new List<string>();
        try
        {
            foreach (var (cluster, path, etag) in targets)
            {
                var operation = await DeleteAsync(api, path, keepAzure, etag, cancellationToken);
                accepted.Add(path);
                // An earlier request may be deleting it already.
                operations.AddRange(
                    operation is not null ? [operation] : await Follower.RunningAsync(api, cluster, null, cancellationToken)
                );
            }
        }
        catch (Exception) when (accepted.Count > 0)
        {
            session.Screen.Error($"The server is deleting {string.Join(", ", accepted)}. To watch it, run: {watch}");
            throw;
        }

        if (arguments.GetValue(_noWait))
        {
            session.Screen.Note($"The server has accepted it. To watch it, run: {watch}");
            return ExitCodes.Success;
        }

        var steps = await new Follower(session.Screen, Format.Table, arguments.GetValue(_timeout), watch).FollowAsync(
            new Journey(api, []),
            operations,
            cancellationToken
        );
        return await ReportAsync(session, api, targets.ConvertAll(target => target.Path), steps, cancellationToken);
    }

    private static async Task<Uri?> DeleteAsync(
        MeshPortApi api,
        string path,
        bool keepAzure,
        string? etag,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await api.DeleteAsync(path, keepAzure, etag, cancellationToken);
        }
        catch (ApiException changed) when (changed.IsOutdated)
        {
            throw new ApiException(
                $"Somebody has changed {path} since the plan, so it was not deleted. Repeat the command to see the new plan.",
                changed.Status
            );
        }
    }

    private static async Task<int> ReportAsync(
        Session session,
        MeshPortApi api,
        IReadOnlyList<string> paths,
        IReadOnlyList<JourneyStep> steps,
        CancellationToken cancellationToken
    )
    {
        var exitCode = ExitCodes.Success;
        foreach (var path in paths)
        {
            try
            {
                var left = await api.GetAsync(path, cancellationToken);
                session.Screen.Error($"{path} is still there: {left.Ready.Reason}: {left.Ready.Message}");
                exitCode = ExitCodes.Failed;
            }
            catch (ApiException gone) when (gone.IsNotFound)
            {
                session.Screen.Report(Format.Table).WriteLine($"Deleted  {path}");
            }
        }

        foreach (var step in steps.Where(step => step.HasFailed && exitCode != ExitCodes.Success))
        {
            session.Screen.Error($"step {step.Name} failed: {step.Message}");
        }

        return exitCode;
    }
}
