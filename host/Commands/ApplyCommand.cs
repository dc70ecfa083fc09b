using System.CommandLine;
using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Host.Planning;
using MeshPort.Host.Progress;

namespace MeshPort.Host.Commands;

/// <summary><c>meshport apply</c>: plans, asks, requests, and follows until everything is Ready.</summary>
internal static class ApplyCommand
{
    public static Command Create()
    {
        var file = CommonOptions.RequiredFile();
        var yes = CommonOptions.Yes();
        var prune = new Option<bool>("--prune")
        {
            Description = "Remove the exposures that the file does not have, of the file's clusters only.",
        };
        var noWait = CommonOptions.NoWait();
        var timeout = CommonOptions.Timeout();
        var format = FormatOption.Create("table", "json");
        return new ClientCommand(
            "apply",
            "Makes clusters and exposures as a file describes them. Exit code 0 when all are Ready. The same file again changes nothing.",
            "meshport apply -f samples/tcpecho.yaml",
            "meshport apply -f environments/ --prune --yes --timeout 45m",
            "meshport export | meshport apply -f - --yes"
        )
        {
            file,
            yes,
            prune,
            noWait,
            timeout,
            format,
        }.Runs(
            (session, arguments, cancellationToken) =>
                new ApplyRun(session, FormatOption.Of(arguments.GetValue(format)))
                {
                    Yes = arguments.GetValue(yes),
                    Prune = arguments.GetValue(prune),
                    NoWait = arguments.GetValue(noWait),
                    Timeout = arguments.GetValue(timeout),
                }.RunAsync(EnvironmentFile.Read(arguments.GetRequiredValue(file)), cancellationToken)
        );
    }
}

/// <summary>One run of <c>apply</c>.</summary>
internal sealed class ApplyRun(Session session, Format format)
{
    public bool Yes { get; init; }

    public bool Prune { get; init; }

    public bool NoWait { get; init; }

    public TimeSpan? Timeout { get; init; }

    public async Task<int> RunAsync(IReadOnlyList<DesiredEnvironment> environments, CancellationToken cancellationToken)
    {
        var api = await session.ConnectAsync(cancellationToken);
        var report = session.Screen.Report(format);
        var plan = await new Planner(api).PlanAsync(environments, Prune, cancellationToken);
        new PlanText(report, session.Screen.Paint).Write(plan);
        if (plan.HasChanges && !Yes && !await Screen.ConfirmAsync("Apply these changes?", cancellationToken))
        {
            session.Screen.Note("Nothing was changed.");
            return ExitCodes.Failed;
        }

        var journey = new Journey(api, environments);
        var operations = plan.HasChanges
            ? await journey.AskAsync(cancellationToken, plan)
            : await RunningAsync(api, environments, cancellationToken);
        var watch = $"meshport watch {string.Join(' ', environments.Select(environment => NameOf(environment)))}";
        if (NoWait)
        {
            session.Screen.Note(operations.Count > 0 ? $"The server has accepted it. To watch it, run: {watch}" : "Nothing runs.");
            return ExitCodes.Success;
        }

        if (operations.Count > 0)
        {
            await new Follower(session.Screen, format, Timeout, watch).FollowAsync(journey, operations, cancellationToken);
        }

        return new ResultText(session.Screen, format).Write(await journey.ArriveAsync(cancellationToken));
    }

    private static async Task<IReadOnlyList<Uri>> RunningAsync(
        MeshPortApi api,
        IReadOnlyList<DesiredEnvironment> environments,
        CancellationToken cancellationToken
    )
    {
        var running = new List<Uri>();
        foreach (var environment in environments)
        {
            running.AddRange(await Follower.RunningAsync(api, environment.Cluster, cancellationToken));
        }

        return running;
    }

    private static string NameOf(DesiredEnvironment environment) =>
        $"{environment.Cluster.SubscriptionId}/{environment.Cluster.ResourceGroup}/{environment.Cluster.Name}";
}
