using MeshPort.ManagedClusters;
using MeshPort.Model;
using MeshPort.Network;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>
/// The removal of a cluster, orchestrator code: in the reverse order of its creation, and only what MeshPort made. A cluster that somebody
/// else made stays, without MeshPort's objects. Then MeshPort forgets the cluster.
/// </summary>
internal static class RemoveCluster
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);
    private static readonly ConvergenceStep Decision = new(
        ConvergenceSteps.Removal,
        nameof(RemoveManagedCluster.FindClusterThatStays),
        ConvergenceSteps.ExposuresDeadline,
        Pause
    );
    private static readonly ConvergenceStep Cluster = new("RemoveCluster", nameof(RemoveManagedCluster), TimeSpan.FromMinutes(90), Pause);
    private static readonly ConvergenceStep Network = new(
        "RemoveNetwork",
        nameof(RemoveNetwork),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromSeconds(5)
    );

    /// <returns>Whether nothing is left of it.</returns>
    public static async Task<bool> RunAsync(TaskOrchestrationContext context, ConvergenceStart start, Removal removal)
    {
        var progress = new Progress(context, [ConvergenceSteps.Removal, Cluster.Step, Network.Step]);
        var obstacle = removal.KeepAzure ? null : await TakeAwayAsync(context, progress, start);
        progress.SkipRest(obstacle is null ? "Azure stays as it is." : $"{obstacle.Condition} was not reached.");
        var end = EndRequest.Of(start, obstacle) with { Steps = progress.Steps };
        await context.CallActivityAsync(
            obstacle is null ? nameof(ForgetCluster) : nameof(EndConvergence),
            end,
            ConvergenceSteps.Bookkeeping
        );
        return obstacle is null;
    }

    private static async Task<Obstacle?> TakeAwayAsync(TaskOrchestrationContext context, Progress progress, ConvergenceStart start) =>
        await WithdrawAsync(context, progress, start)
        ?? await RemoveAsync(context, progress, start, Cluster, ConditionTypes.ClusterReady)
        ?? await RemoveAsync(context, progress, start, Network, ConditionTypes.NetworkReady);

    /// <summary>
    /// Takes MeshPort's objects out of a cluster that stays. A cluster that is deleted takes its objects along, but not the rules of a
    /// security group that others made.
    /// </summary>
    private static async Task<Obstacle?> WithdrawAsync(TaskOrchestrationContext context, Progress progress, ConvergenceStart start)
    {
        progress.Start(ConvergenceSteps.Removal);
        var watch = new StepWatch(context, start, ConditionTypes.ClusterReady, context.CurrentUtcDateTime);
        var stays = (await ReachAsync(context, progress, start, Decision, watch.SeeFaultAsync)).Observation;
        var found = stays switch
        {
            { Reason: Reasons.NotMadeHere } => await RemoveExposuresAsync(context, progress, start, PassScope.Removal, watch),
            { Status: ConditionStatus.True } => await RemoveExposuresAsync(context, progress, start, PassScope.FirewallRemoval, watch),
            _ => stays,
        };
        var isGone = found.Status == ConditionStatus.True;
        var observation = isGone ? Observation.True(Reasons.AsDesired, stays.Message) : found;
        progress.End(ConvergenceSteps.Removal, observation);
        if (isGone)
        {
            return null;
        }

        await watch.RecordAsync(observation, isKnown: true);
        return new Obstacle(ConditionTypes.ClusterReady, observation);
    }

    /// <summary>Repeats while an obstacle may pass, such as a load balancer that Azure still deletes.</summary>
    private static async Task<Observation> RemoveExposuresAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        PassScope scope,
        StepWatch watch
    )
    {
        var deadline = context.CurrentUtcDateTime + ConvergenceSteps.ExposuresDeadline;
        var input = PassInput.Of(start, context.InstanceId, start.Change, isLast: true) with { Scope = scope };
        var removal = (await ConvergeExposures.PassAsync(context, input)).Removal;
        while (removal is { Wait: true } && context.CurrentUtcDateTime < deadline)
        {
            progress.Attempt(ConvergenceSteps.Removal, removal.Observation.Message);
            await watch.SeeFaultAsync(removal, progress.Steps);
            await context.CreateTimer(Pause, CancellationToken.None);
            removal = (await ConvergeExposures.PassAsync(context, input)).Removal;
        }

        return removal?.Observation ?? Observation.True(Reasons.NothingToDo, "MeshPort no longer has this cluster.");
    }

    private static async Task<Obstacle?> RemoveAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        ConvergenceStep step,
        string condition
    )
    {
        progress.Start(step.Step);
        var watch = new StepWatch(context, start, condition, context.CurrentUtcDateTime);
        var removed = (await ReachAsync(context, progress, start, step, watch.SeeRemovalAsync)).Observation;
        progress.End(step.Step, removed);
        var isGone = removed.Status == ConditionStatus.True;
        await watch.RecordAsync(isGone ? Observation.False(Reasons.Removed, removed.Message) : removed, isKnown: true);
        return isGone ? null : new Obstacle(condition, removed);
    }

    private static Task<StepResult> ReachAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        ConvergenceStep step,
        Func<StepResult, IReadOnlyList<Step>, Task> see
    ) =>
        step.ReachAsync(
            context,
            (memo, lastChance) => new StepInput(start.Cluster, start.Generation, memo, lastChance),
            seen =>
            {
                progress.Attempt(step.Step, seen.Observation.Message);
                return see(seen, progress.Steps);
            }
        );
}
