using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// One convergence: observes a cluster and its exposures step by step, and changes what is not as desired. A cluster with which nothing has
/// happened is observed in one activity, without the chain of steps. In the chain, the resource providers come first, then features and
/// network side by side; cluster, mesh and gateways go out in one PUT.
/// </summary>
internal static class ConvergeClusterOrchestrator
{
    /// <returns>Whether everything is as desired.</returns>
    [Function(nameof(ConvergeClusterOrchestrator))]
    public static async Task<bool> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, ConvergeRequest request)
    {
        var began = request.Began ?? context.CurrentUtcDateTime;
        var start = await context.CallActivityAsync<ConvergenceStart?>(
            nameof(BeginConvergence),
            new BeginRequest(request.Cluster, context.InstanceId, request.Observed),
            ConvergenceSteps.Bookkeeping
        );
        if (start is null)
        {
            return true; // not wanted any more
        }

        if (start.Removal is { } removal)
        {
            return await RemoveCluster.RunAsync(context, start, removal);
        }

        var progress = new Progress(context, ConvergenceSteps.Steps);
        Track(progress, start.Observed);
        var obstacle = start.Observed.IsIdle ? null : await ReachClusterAsync(context, progress, start, (start.Observed.Unobserved, began));
        EndRequest end;
        if (obstacle is null)
        {
            (end, var last) = await ConvergeExposures.RunAsync(
                context,
                progress,
                start,
                start.Observed.IsIdle ? began : context.CurrentUtcDateTime
            );
            if (last.HasEnded)
            {
                return last.IsReady;
            }
        }
        else
        {
            end = EndRequest.Of(start, obstacle);
        }

        if (end.IsOver)
        {
            progress.SkipRest(end.Obstacle is null ? "Not needed." : $"{end.Obstacle.Condition} was not reached.");
        }

        return await context.CallActivityAsync<bool>(
            nameof(EndConvergence),
            end with
            {
                Steps = progress.Steps,
            },
            ConvergenceSteps.Bookkeeping
        );
    }

    private static void Track(Progress progress, ClusterObservation observed)
    {
        foreach (var (step, observation) in observed.Steps)
        {
            progress.Start(step);
            progress.Attempt(step, observation.Message);
            progress.End(step, observation);
        }
    }

    /// <param name="unobserved">The step that a fault kept MeshPort from observing, and when.</param>
    private static async Task<Obstacle?> ReachClusterAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        (string? Step, DateTime At) unobserved
    )
    {
        if (await RegisterProvidersAsync(context, progress, start) is { } providers)
        {
            return providers;
        }

        var features = RegisterFeaturesAsync(context, progress, start);
        var network = ReachAsync(ConvergenceSteps.Network, ConditionTypes.NetworkReady);
        await new ServiceMeanwhile(context, start).UntilAsync(Task.WhenAll(features, network), progress);
        var obstacle = await features ?? await network;
        if (obstacle is not null && !await ServesAsync(context, progress, start, obstacle))
        {
            return obstacle;
        }

        return (obstacle is null ? await ReachAsync(ConvergenceSteps.Cluster, ConditionTypes.ClusterReady) : null)
            ?? await ReachAsync(ConvergenceSteps.Mesh, ConditionTypes.MeshReady)
            ?? await ReachAsync(ConvergenceSteps.Gateways, ConditionTypes.GatewayReady, () => DeployEarlyAsync(context, start));

        Task<Obstacle?> ReachAsync(ConvergenceStep step, string condition, Func<Task>? meanwhile = null)
        {
            var since = step.Step == unobserved.Step ? unobserved.At : context.CurrentUtcDateTime;
            return ConvergeClusterOrchestrator.ReachAsync(
                context,
                progress,
                start,
                step,
                new StepWatch(context, start, condition, since),
                condition,
                meanwhile
            );
        }
    }

    /// <summary>Lets the pods start while the load balancer makes an address. The pass over the exposures reports the result.</summary>
    private static Task DeployEarlyAsync(TaskOrchestrationContext context, ConvergenceStart start) =>
        ConvergeExposures.PassAsync(
            context,
            PassInput.Of(start, context.InstanceId, start.Change, isLast: false) with
            {
                Scope = PassScope.Workloads,
            }
        );

    /// <summary>
    /// Whether the cluster serves ports although features or network are not as desired. Then ClusterReady is blocked, and no other step.
    /// </summary>
    private static async Task<bool> ServesAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        Obstacle obstacle
    )
    {
        if (obstacle.Observation is { IsUnobserved: true, Reason: not Reasons.AccessDenied })
        {
            return false; // a fault of Azure, which the next step would meet too; a missing right may be of the network alone
        }

        const string Condition = ConditionTypes.ClusterReady;
        var blocked = obstacle.Observation.DependentOn(obstacle.Condition);
        var input = new StepInput(start.Cluster, start.Generation, null, LastChance: true, blocked);
        var report = await ConvergenceStep.AskAsync(context, ConvergenceSteps.Cluster.Activity, input);
        if (report.Serves)
        {
            progress.Start(ConvergenceSteps.Cluster.Step);
            await EndAsync(
                progress,
                new StepWatch(context, start, Condition, context.CurrentUtcDateTime),
                ConvergenceSteps.Cluster.Step,
                Condition,
                blocked
            );
        }

        return report.Serves;
    }

    /// <summary>Azure refuses the network and the cluster while their providers are not registered. The features report for both.</summary>
    private static async Task<Obstacle?> RegisterProvidersAsync(TaskOrchestrationContext context, Progress progress, ConvergenceStart start)
    {
        if (!start.Spec.Connection.IsAks)
        {
            return null;
        }

        const string Condition = ConditionTypes.FeaturesRegistered;
        var watch = new StepWatch(context, start, Condition, context.CurrentUtcDateTime);
        progress.Start(ConvergenceSteps.Features);
        var report = await ConvergenceSteps.Providers.ReachAsync(
            context,
            (memo, lastChance) => new StepInput(start.Cluster, start.Generation, memo, lastChance),
            async seen =>
            {
                progress.Attempt(ConvergenceSteps.Features, seen.Observation.Message);
                await watch.SeeAsync(seen, progress.Steps);
            }
        );
        return report.Observation.Status == ConditionStatus.True
            ? null
            : await EndAsync(progress, watch, ConvergenceSteps.Features, Condition, report.Observation);
    }

    private static async Task<Obstacle?> RegisterFeaturesAsync(TaskOrchestrationContext context, Progress progress, ConvergenceStart start)
    {
        const string Condition = ConditionTypes.FeaturesRegistered;
        progress.Start(ConvergenceSteps.Features);
        var request = new FeaturesRequest(start, [.. progress.Steps]);
        var outcome = await context.CallSubOrchestratorAsync<FeaturesOutcome>(
            nameof(RegisterFeaturesOrchestrator),
            request,
            new SubOrchestrationOptions(instanceId: RegisterFeaturesOrchestrator.InstanceOf(context.InstanceId))
        );
        progress.Attempt(ConvergenceSteps.Features, outcome.Observation.Message, outcome.Attempts);
        var watch = new StepWatch(context, start, Condition, context.CurrentUtcDateTime);
        return await EndAsync(progress, watch, ConvergenceSteps.Features, Condition, outcome.Observation);
    }

    /// <param name="meanwhile">Done once, when the convergence has to wait for the step.</param>
    private static async Task<Obstacle?> ReachAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        ConvergenceStep step,
        StepWatch watch,
        string condition,
        Func<Task>? meanwhile
    )
    {
        progress.Start(step.Step);
        var service = new ServiceMeanwhile(context, start);
        var report = await step.ReachAsync(
            context,
            (memo, lastChance) => new StepInput(start.Cluster, start.Generation, memo, lastChance),
            async seen =>
            {
                progress.Attempt(step.Step, seen.Observation.Message);
                await watch.SeeAsync(seen, progress.Steps);
                if (seen.Wait && meanwhile is { } once)
                {
                    meanwhile = null;
                    await once();
                }

                await service.ServeAsync(seen, progress.Steps);
            }
        );
        var obstacle = await EndAsync(progress, watch, step.Step, condition, report.Observation);
        return report.Serves ? null : obstacle;
    }

    private static async Task<Obstacle?> EndAsync(
        Progress progress,
        StepWatch watch,
        string step,
        string condition,
        Observation observation
    )
    {
        await watch.RecordAsync(observation, isKnown: true);
        progress.End(step, observation);
        return observation.Status == ConditionStatus.True ? null : new Obstacle(condition, observation);
    }
}

/// <param name="Began">When the resync began that found work; null without one.</param>
/// <param name="Observed">What the resync observed, if the cluster is not idle.</param>
public sealed record ConvergeRequest(ClusterId Cluster, DateTime? Began = null, ClusterObservation? Observed = null);

/// <summary>The condition at which a convergence stopped.</summary>
public sealed record Obstacle(string Condition, Observation Observation);
