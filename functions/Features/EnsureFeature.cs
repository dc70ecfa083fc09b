using Azure;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using MeshPort.Arm;
using MeshPort.Clusters;

namespace MeshPort.Features;

/// <summary>What a feature's registration state asks for.</summary>
internal enum FeatureMove
{
    None,
    Register,
    Wait,
    AskForApproval,
}

/// <summary>Looks at one preview feature and registers it where it is not.</summary>
internal sealed class EnsureFeature(ArmClient arm)
{
    /// <summary>In the memo: this convergence has registered the feature.</summary>
    public const string RegisteredByUs = nameof(RegisteredByUs);

    [Function(nameof(EnsureFeature))]
    public Task<StationReport> RunAsync([ActivityTrigger] FeatureQuestion question, CancellationToken cancellationToken) =>
        ArmFaults.GuardAsync(
            async () =>
            {
                var feature = arm.GetFeatureResource(
                    FeatureResource.CreateResourceIdentifier(question.SubscriptionId, question.Feature.Namespace, question.Feature.Name)
                );
                try
                {
                    var state = (await feature.GetAsync(cancellationToken)).Value.Data.FeatureState;
                    return Next(state) switch
                    {
                        FeatureMove.None => StationReport.Done(
                            Verdict.True(Reasons.Registered, $"{question.Feature.Name} is registered."),
                            question.Memo
                        ),
                        FeatureMove.Wait => StationReport.AskAgain(
                            Reasons.Registering,
                            $"{question.Feature.Name} is {state}.",
                            memo: question.Memo
                        ),
                        FeatureMove.AskForApproval => StationReport.Done(
                            Verdict.False(
                                Reasons.FeaturePendingApproval,
                                $"{question.Feature.Name} waits for Microsoft's approval; open a support request, or take it out of the spec."
                            ),
                            question.Memo
                        ),
                        _ => await RegisterAsync(feature, question, cancellationToken),
                    };
                }
                catch (RequestFailedException trouble) when (trouble.ErrorCode == "FeatureNotFound")
                {
                    return StationReport.Done(NotFound(question.Feature), question.Memo);
                }
            },
            cancellationToken
        );

    /// <summary>States: learn.microsoft.com, "Set up preview features". Pending means that a person has to approve.</summary>
    internal static FeatureMove Next(string? state) =>
        state switch
        {
            "Registered" => FeatureMove.None,
            "Registering" => FeatureMove.Wait,
            "Pending" => FeatureMove.AskForApproval,
            "Unregistering" => FeatureMove.Wait,
            _ => FeatureMove.Register,
        };

    internal static Verdict NotFound(FeatureSpec feature) =>
        feature.OnNotFound == OnNotFound.Skip
            ? Verdict.True(Reasons.FeatureNotFound, $"{feature.Name} does not exist (any more): taken as generally available and skipped.")
            : Verdict.False(
                Reasons.FeatureNotFound,
                $"{feature.Name} does not exist in this cloud; take it out of the spec, or set onNotFound to skip."
            );

    private static async Task<StationReport> RegisterAsync(
        FeatureResource feature,
        FeatureQuestion question,
        CancellationToken cancellationToken
    )
    {
        var state = (await feature.RegisterAsync(cancellationToken)).Value.Data.FeatureState;
        return StationReport.AskAgain(Reasons.Registering, $"{question.Feature.Name} is {state}.", memo: RegisteredByUs);
    }
}

/// <param name="Memo">From the report before.</param>
public sealed record FeatureQuestion(string SubscriptionId, FeatureSpec Feature, string? Memo = null);
