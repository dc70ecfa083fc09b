using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// One convergence: everything that should be true of a cluster and its exposures is looked at in order, and made so where it is not. With nothing to do it
/// writes nothing. Features and network go side by side; cluster, mesh and gateways go out in one PUT.
/// </summary>
internal static class ConvergeClusterOrchestrator
{
    /// <returns>Whether everything is as desired.</returns>
    [Function(nameof(ConvergeClusterOrchestrator))]
    public static async Task<bool> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, ConvergeRequest request)
    {
        var start = await context.CallActivityAsync<ConvergenceStart?>(
            nameof(BeginConvergence),
            new BeginRequest(request.Cluster, context.InstanceId),
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
        var obstacle = await ReachClusterAsync(context, progress, start);
        EndRequest end;
        if (obstacle is null)
        {
            (end, var last) = await ConvergeExposures.RunAsync(context, progress, start);
            if (last.HasEnded)
            {
                return last.IsReady;
            }
        }
        else
        {
            end = EndRequest.Of(start, obstacle);
        }

        progress.SkipRest(end.Obstacle is null ? "Not needed." : $"{end.Obstacle.Condition} was not reached.");
        return await context.CallActivityAsync<bool>(
            nameof(EndConvergence),
            end with
            {
                Steps = progress.Steps,
            },
            ConvergenceSteps.Bookkeeping
        );
    }

    private static async Task<Obstacle?> ReachClusterAsync(TaskOrchestrationContext context, Progress progress, ConvergenceStart start)
    {
        var features = RegisterFeaturesAsync(context, progress, start);
        var network = ReachAsync(context, progress, start, ConvergenceSteps.Network, ConditionTypes.NetworkReady);
        await Task.WhenAll(features, network);
        return await features
            ?? await network
            ?? await ReachAsync(context, progress, start, ConvergenceSteps.Cluster, ConditionTypes.ClusterReady)
            ?? await ReachAsync(context, progress, start, ConvergenceSteps.Mesh, ConditionTypes.MeshReady)
            ?? await ReachAsync(
                context,
                progress,
                start,
                ConvergenceSteps.Gateways,
                ConditionTypes.GatewayReady,
                () => DeployEarlyAsync(context, start)
            );
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

    private static async Task<Obstacle?> RegisterFeaturesAsync(TaskOrchestrationContext context, Progress progress, ConvergenceStart start)
    {
        progress.Start(ConvergenceSteps.Features);
        var request = new FeaturesRequest(start.Cluster.SubscriptionId, start.Spec.Features);
        var outcome = await context.CallSubOrchestratorAsync<FeaturesOutcome>(nameof(RegisterFeaturesOrchestrator), request);
        progress.Attempt(ConvergenceSteps.Features, outcome.Observation.Message, outcome.Attempts);
        return await ArriveAsync(
            context,
            progress,
            start,
            ConvergenceSteps.Features,
            ConditionTypes.FeaturesRegistered,
            outcome.Observation
        );
    }

    /// <summary>Waits for a station. Records a fault that lasts in all conditions that depend on the station, and keeps asking.</summary>
    /// <param name="meanwhile">Done once, when the station has to be waited for.</param>
    private static async Task<Obstacle?> ReachAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        ConvergenceStep station,
        string condition,
        Func<Task>? meanwhile = null
    )
    {
        progress.Start(station.Step);
        var reason = "";
        var faults = new FaultWatch(context.CurrentUtcDateTime);
        var report = await station.ReachAsync(
            context,
            (memo, lastChance) => new StepInput(start.Cluster, start.Generation, memo, lastChance),
            async seen =>
            {
                progress.Attempt(station.Step, seen.Observation.Message);
                if (faults.HasLasted(seen.Observation, context.CurrentUtcDateTime))
                {
                    await RecordFaultAsync(context, progress, start, new Obstacle(condition, seen.Observation));
                }
                else if (seen.Wait && seen.Observation.Reason != reason)
                {
                    await RecordAsync(context, start, condition, seen.Observation, isKnown: false);
                }

                reason = seen.Observation.Reason;

                if (seen.Wait && meanwhile is { } once)
                {
                    meanwhile = null;
                    await once();
                }
            }
        );
        return await ArriveAsync(context, progress, start, station.Step, condition, report.Observation);
    }

    private static async Task<Obstacle?> ArriveAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        string step,
        string condition,
        Observation verdict
    )
    {
        await RecordAsync(context, start, condition, verdict, isKnown: true);
        progress.End(step, verdict);
        return verdict.Status == ConditionStatus.True ? null : new Obstacle(condition, verdict);
    }

    private static async Task RecordFaultAsync(TaskOrchestrationContext context, Progress progress, ConvergenceStart start, Obstacle fault)
    {
        await RecordAsync(context, start, fault.Condition, fault.Observation, isKnown: true);
        var pause = EndRequest.Of(start, fault) with { Steps = progress.Steps, IsOver = false };
        await context.CallActivityAsync<bool>(nameof(EndConvergence), pause, ConvergenceSteps.Bookkeeping);
    }

    private static Task RecordAsync(
        TaskOrchestrationContext context,
        ConvergenceStart start,
        string condition,
        Observation verdict,
        bool isKnown
    )
    {
        var observed = new ObservedCondition(start.Cluster, condition, verdict, start.Generation, isKnown);
        return context.CallActivityAsync(nameof(RecordCondition), observed, ConvergenceSteps.Bookkeeping);
    }
}

/// <param name="Misses">How many convergences in a row have ended with something that is not as desired.</param>
public sealed record ConvergeRequest(ClusterId Cluster, int Misses = 0);

/// <summary>Where a convergence came to a halt.</summary>
public sealed record Obstacle(string Condition, Observation Observation);
