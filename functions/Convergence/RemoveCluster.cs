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
    private static readonly ConvergenceStep Cluster = new(
        "RemoveCluster",
        nameof(RemoveManagedCluster),
        TimeSpan.FromMinutes(90),
        TimeSpan.FromSeconds(15)
    );
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);
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
        ?? await ReachAsync(context, progress, start, Cluster, ConditionTypes.ClusterReady)
        ?? await ReachAsync(context, progress, start, Network, ConditionTypes.NetworkReady);

    /// <summary>
    /// Takes MeshPort's objects out of a cluster that stays. A cluster that is deleted takes its objects along, but not the rules of a
    /// security group that others made.
    /// </summary>
    private static async Task<Obstacle?> WithdrawAsync(TaskOrchestrationContext context, Progress progress, ConvergenceStart start)
    {
        progress.Start(ConvergenceSteps.Removal);
        var question = new StepInput(start.Cluster, start.Generation, null, LastChance: true);
        var stays = await ConvergenceStep.AskAsync(context, nameof(RemoveManagedCluster.FindClusterThatStays), question);
        var found = stays.Observation.Reason switch
        {
            Reasons.NotMadeHere => await RemoveExposuresAsync(context, progress, start, PassScope.Removal),
            _ when stays.Observation.Status == ConditionStatus.True => await RemoveExposuresAsync(
                context,
                progress,
                start,
                PassScope.FirewallRemoval
            ),
            _ => stays.Observation,
        };
        var isGone = found.Status == ConditionStatus.True;
        var observation = isGone ? Observation.True(Reasons.AsDesired, stays.Observation.Message) : found;
        progress.End(ConvergenceSteps.Removal, observation);
        return isGone ? null : new Obstacle(ConditionTypes.ClusterReady, observation);
    }

    /// <summary>Repeats while an obstacle may pass, such as a load balancer that Azure still deletes.</summary>
    private static async Task<Observation> RemoveExposuresAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        PassScope scope
    )
    {
        var deadline = context.CurrentUtcDateTime + ConvergenceSteps.ExposuresDeadline;
        var input = PassInput.Of(start, context.InstanceId, start.Change, isLast: true) with { Scope = scope };
        var removal = (await ConvergeExposures.PassAsync(context, input)).Removal;
        while (removal is { Wait: true } && context.CurrentUtcDateTime < deadline)
        {
            progress.Attempt(ConvergenceSteps.Removal, removal.Observation.Message);
            await context.CreateTimer(Pause, CancellationToken.None);
            removal = (await ConvergeExposures.PassAsync(context, input)).Removal;
        }

        return removal?.Observation ?? Observation.True(Reasons.NothingToDo, "The cluster is not known any more.");
    }

    private static async Task<Obstacle?> ReachAsync(
        TaskOrchestrationContext context,
        Progress progress,
        ConvergenceStart start,
        ConvergenceStep step,
        string condition
    )
    {
        progress.Start(step.Step);
        var report = await step.ReachAsync(
            context,
            (memo, lastChance) => new StepInput(start.Cluster, start.Generation, memo, lastChance),
            seen =>
            {
                progress.Attempt(step.Step, seen.Observation.Message);
                return Task.CompletedTask;
            }
        );
        progress.End(step.Step, report.Observation);
        var observed =
            report.Observation.Status == ConditionStatus.True
                ? Observation.False(Reasons.Removed, report.Observation.Message)
                : report.Observation;
        var known = new ObservedCondition(start.Cluster, condition, observed, start.Generation, IsKnown: true);
        await context.CallActivityAsync(nameof(RecordCondition), known, ConvergenceSteps.Bookkeeping);
        return report.Observation.Status == ConditionStatus.True ? null : new Obstacle(condition, report.Observation);
    }
}
