using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// The way back, orchestrator code: what exposures have that are to be removed is taken away station by station, the last first, so that a port is closed before what is behind it
/// goes. Then they are forgotten.
/// </summary>
internal static class WithdrawExposures
{
    public const string Step = nameof(WithdrawExposures);

    /// <returns>What is in the way; null when they are gone.</returns>
    public static async Task<StepResult?> RunAsync(TaskOrchestrationContext context, StepInput question, long change)
    {
        foreach (var (_, activity, _) in ConvergenceSteps.Exposures.Reverse())
        {
            var report = await ConvergenceStep.AskAsync(context, activity, question);
            if (report.Observation.Status != ConditionStatus.True)
            {
                return report;
            }
        }

        await context.CallActivityAsync(nameof(ForgetExposures), new ForgetRequest(question.Cluster, change), ConvergenceSteps.Bookkeeping);
        return null;
    }
}
