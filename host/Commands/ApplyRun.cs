using MeshPort.Host.Api;
using MeshPort.Host.Environments;
using MeshPort.Host.Output;
using MeshPort.Host.Planning;
using MeshPort.Host.Progress;

namespace MeshPort.Host.Commands;

/// <summary>One apply, of <c>apply</c> or <c>demo</c>: plans, asks, requests, and follows until everything is Ready.</summary>
internal sealed class ApplyRun(Screen screen, MeshPortApi api, Format format)
{
    public bool Yes { get; init; }

    public bool Prune { get; init; }

    public bool NoWait { get; init; }

    public TimeSpan? Timeout { get; init; }

    /// <summary>The server's time, which then counts for the timeout. Null when only its answers tell the time.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>Runs at each sign of progress. An exception ends the apply.</summary>
    public Action Check { get; init; } = () => { };

    public async Task<ApplyResult> RunAsync(IReadOnlyList<DesiredEnvironment> environments, CancellationToken cancellationToken)
    {
        if (await PlanAsync(environments, cancellationToken) is not { } plan)
        {
            screen.Note("Nothing was changed.");
            return ApplyResult.Of(ExitCodes.Failed);
        }

        var accepted = plan.HasChanges ? await new ApplyRequests(api, environments, plan).SendAsync(cancellationToken) : [];
        var operations = plan.HasChanges
            ? [.. accepted.Select(request => request.Operation).OfType<Uri>()]
            : await RunningAsync(environments, cancellationToken);
        var watch = Follower.Watch(environments.Select(environment => environment.Cluster));
        if (NoWait)
        {
            WriteAccepted(accepted);
            screen.Note(operations.Count > 0 ? $"The server has accepted it. To watch it, run: {watch}" : "No operation is running.");
            return ApplyResult.Of(ExitCodes.Success);
        }

        var journey = new Journey(api, environments) { Etags = EtagsOf(accepted) };
        var steps =
            operations.Count > 0
                ? await new Follower(screen, format, Timeout, watch) { Clock = Clock, Check = Check }.FollowAsync(
                    journey,
                    operations,
                    cancellationToken
                )
                : [];
        var destinations = await journey.ArriveAsync(cancellationToken);
        var exitCode = new ResultText(screen, format).Write(destinations);
        return new ApplyResult(await AreGoneAsync(plan, cancellationToken) ? exitCode : ExitCodes.Failed, steps, destinations);
    }

    private static Dictionary<string, string> EtagsOf(IEnumerable<AcceptedRequest> accepted)
    {
        var etags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (path, etag) in accepted.SelectMany(request => request.Etags))
        {
            if (etag is not null)
            {
                etags[path] = etag;
            }
        }

        return etags;
    }

    /// <summary>Whether the cluster has nothing of the exposures that the plan removes. Tells those that it still has.</summary>
    private async Task<bool> AreGoneAsync(EnvironmentPlan plan, CancellationToken cancellationToken)
    {
        var areGone = true;
        foreach (var cluster in plan.Clusters.Where(cluster => cluster.Removed.Count > 0))
        {
            var removed = cluster.Removed.ToHashSet(StringComparer.Ordinal);
            var known = await api.ListExposuresAsync(cluster.Id, cancellationToken);
            foreach (var left in known.Where(left => left.Metadata.DeletedAt is not null && removed.Contains(left.Metadata.Name)))
            {
                areGone = false;
                screen.Error($"exposure {left.Metadata.Name} is still there: {left.Ready.Reason}: {left.Ready.Message}");
            }
        }

        return areGone;
    }

    /// <returns>Null when a person declines.</returns>
    private async Task<EnvironmentPlan?> PlanAsync(IReadOnlyList<DesiredEnvironment> environments, CancellationToken cancellationToken)
    {
        try
        {
            var plan = await new Planner(api).PlanAsync(environments, Prune, cancellationToken);
            var asks = !Yes && plan.HasChanges;
            new PlanText(screen.Plan(format, asks), screen.Paint).Write(plan);
            var isWanted = !asks || await Screen.ConfirmAsync("Apply these changes?", cancellationToken);
            return isWanted ? plan : null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new LeftException("Ctrl+C stopped the plan. Nothing was changed.");
        }
    }

    private void WriteAccepted(IReadOnlyList<AcceptedRequest> accepted)
    {
        if (format == Format.Json)
        {
            screen.Out.WriteLine(
                JsonText.Write(
                    new
                    {
                        Accepted = from request in accepted
                        from operation in request.Operation is { } some ? [some] : Array.Empty<Uri>()
                        from resource in request.Resources
                        select new
                        {
                            Resource = resource,
                            Operation = operation.Segments[^1],
                            Url = operation,
                        },
                    }
                )
            );
        }
    }

    private async Task<IReadOnlyList<Uri>> RunningAsync(IReadOnlyList<DesiredEnvironment> environments, CancellationToken cancellationToken)
    {
        var running = new List<Uri>();
        foreach (var environment in environments)
        {
            running.AddRange(await Follower.RunningAsync(api, environment.Cluster, null, cancellationToken));
        }

        return running;
    }
}

/// <summary>The end of an apply.</summary>
/// <param name="Steps">The steps that were followed.</param>
/// <param name="Destinations">The clusters and exposures at the end. Empty when the apply did not wait for it.</param>
internal sealed record ApplyResult(int ExitCode, IReadOnlyList<JourneyStep> Steps, IReadOnlyList<Destination> Destinations)
{
    public static ApplyResult Of(int exitCode) => new(exitCode, [], []);
}
