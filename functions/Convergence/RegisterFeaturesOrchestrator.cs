using MeshPort.Features;
using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// Registers all features of a cluster's spec side by side, each with its own deadline, then the providers of those that were new.
/// Registration takes up to half an hour, so the condition FeaturesRegistered is recorded meanwhile too.
/// </summary>
internal static class RegisterFeaturesOrchestrator
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private static readonly ConvergenceStep Provider = new("RegisterProvider", nameof(EnsureProvider), TimeSpan.FromMinutes(10), Interval);

    /// <summary>The instance of a convergence. The watchdog looks at it, since the convergence only waits.</summary>
    public static string InstanceOf(string convergence) => $"{convergence}-features";

    [Function(nameof(RegisterFeaturesOrchestrator))]
    public static async Task<FeaturesOutcome> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context, FeaturesRequest request)
    {
        var (cluster, generation, features) = (request.Start.Cluster, request.Start.Generation, request.Start.Spec.Features);
        var attempts = 0;
        var reports = await Task.WhenAll(
            features.Select(feature =>
                Feature(feature).ReachAsync(context, (memo, _) => new FeatureInput(cluster, generation, feature, memo), Watch())
            )
        );
        var fresh = features
            .Zip(reports)
            .Where(pair => pair.Second is { Memo: FeaturePlan.RegisteredByUs, Observation.Status: ConditionStatus.True })
            .Select(pair => pair.First.Namespace)
            .Distinct(StringComparer.OrdinalIgnoreCase);
        var providers = await Task.WhenAll(
            fresh.Select(provider =>
                Provider.ReachAsync(context, (memo, _) => new ProviderInput(cluster, generation, provider, memo), Watch())
            )
        );
        return new FeaturesOutcome(
            FeaturePlan.Summary([.. reports.Select(report => report.Observation)], [.. providers.Select(report => report.Observation)]),
            attempts
        );

        Func<StepResult, Task> Watch()
        {
            var watch = new StepWatch(context, request.Start, ConditionTypes.FeaturesRegistered, context.CurrentUtcDateTime);
            return seen =>
            {
                attempts++;
                return watch.SeeAsync(seen, request.Steps);
            };
        }
    }

    private static ConvergenceStep Feature(FeatureSpec feature) =>
        new("RegisterFeature", nameof(EnsureFeature), feature.Deadline, Interval);
}

/// <param name="Steps">The steps of the convergence when the registration begins.</param>
public sealed record FeaturesRequest(ConvergenceStart Start, IReadOnlyList<Step> Steps);

/// <param name="Attempts">The number of attempts of all activities together.</param>
public sealed record FeaturesOutcome(Observation Observation, int Attempts);
