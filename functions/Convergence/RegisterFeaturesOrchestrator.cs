using MeshPort.Features;
using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>Registers all features of a cluster's spec side by side, each with its own deadline, then the providers of those that were new.</summary>
internal static class RegisterFeaturesOrchestrator
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ProviderDeadline = TimeSpan.FromMinutes(10);

    [Function(nameof(RegisterFeaturesOrchestrator))]
    public static async Task<FeaturesOutcome> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, FeaturesRequest request)
    {
        var attempts = 0;
        Task Count(StepResult report)
        {
            attempts++;
            return Task.CompletedTask;
        }

        var reports = await Task.WhenAll(
            request.Features.Select(feature =>
                ConvergenceStep(feature).ReachAsync(context, (memo, _) => new FeatureQuestion(request.SubscriptionId, feature, memo), Count)
            )
        );
        var fresh = request
            .Features.Zip(reports)
            .Where(pair => pair.Second.Memo == EnsureFeature.RegisteredByUs && pair.Second.Observation.Status == ConditionStatus.True)
            .Select(pair => pair.First.Namespace)
            .Distinct(StringComparer.OrdinalIgnoreCase);
        var providers = await Task.WhenAll(
            fresh.Select(provider =>
                ProviderStation.ReachAsync(context, (memo, _) => new ProviderQuestion(request.SubscriptionId, provider, memo), Count)
            )
        );
        return new FeaturesOutcome(Summary([.. reports.Concat(providers).Select(report => report.Observation)]), attempts);
    }

    private static readonly ConvergenceStep ProviderStation = new("RegisterProvider", nameof(EnsureProvider), ProviderDeadline, Interval);

    private static ConvergenceStep ConvergenceStep(FeatureSpec feature) =>
        new("RegisterFeature", nameof(EnsureFeature), feature.Deadline, Interval);

    /// <summary>The first verdict that is not True speaks for all.</summary>
    internal static Observation Summary(IReadOnlyList<Observation> verdicts) =>
        verdicts.FirstOrDefault(verdict => verdict.Status != ConditionStatus.True)
        ?? (
            verdicts.Count == 0
                ? Observation.True(Reasons.NothingToDo, "No features are asked for.")
                : Observation.True(Reasons.Registered, string.Join(" ", verdicts.Select(verdict => verdict.Message)))
        );
}

public sealed record FeaturesRequest(string SubscriptionId, IReadOnlyList<FeatureSpec> Features);

/// <param name="Attempts">How often all activities together have looked.</param>
public sealed record FeaturesOutcome(Observation Observation, int Attempts);
