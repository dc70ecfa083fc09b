using MeshPort.Firewall;
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
        var progress = new Progress(context, [WithdrawExposures.Step, Cluster.Step, Network.Step]);
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
        progress.Start(WithdrawExposures.Step);
        var input = new StepInput(start.Cluster, start.Generation, null, LastChance: true, Withdraw.All);
        var stays = await ConvergenceStep.AskAsync(context, nameof(RemoveManagedCluster.FindClusterThatStays), input);
        var failure = stays.Observation.Reason switch
        {
            Reasons.NotMadeHere => await WithdrawAllAsync(context, progress, input, start.Change),
            _ when stays.Observation.Status == ConditionStatus.True => await ConvergenceStep.AskAsync(
                context,
                nameof(EnsureNetworkOpen),
                input
            ),
            _ => stays,
        };
        failure = failure?.Observation.Status == ConditionStatus.True ? null : failure;
        var observation = failure?.Observation ?? Observation.True(Reasons.AsDesired, stays.Observation.Message);
        progress.End(WithdrawExposures.Step, observation);
        return failure is null ? null : new Obstacle(ConditionTypes.ClusterReady, observation);
    }

    /// <summary>Repeats while an obstacle may pass, such as a load balancer that Azure is still deleting.</summary>
    private static async Task<StepResult?> WithdrawAllAsync(
        TaskOrchestrationContext context,
        Progress progress,
        StepInput input,
        long change
    )
    {
        var deadline = context.CurrentUtcDateTime + ConvergenceSteps.ExposuresDeadline;
        var inTheWay = await WithdrawExposures.RunAsync(context, input, change);
        while (inTheWay is { Wait: true } && context.CurrentUtcDateTime < deadline)
        {
            progress.Attempt(WithdrawExposures.Step, inTheWay.Observation.Message);
            await context.CreateTimer(Pause, CancellationToken.None);
            inTheWay = await WithdrawExposures.RunAsync(context, input, change);
        }

        return inTheWay;
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
