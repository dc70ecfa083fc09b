using Azure;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using MeshPort.Arm;
using MeshPort.Model;

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
    public Task<StepResult> RunAsync([ActivityTrigger] FeatureQuestion question, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
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
                        FeatureMove.None => StepResult.Done(
                            Observation.True(Reasons.Registered, $"{question.Feature.Name} is registered."),
                            question.Memo
                        ),
                        FeatureMove.Wait => StepResult.AskAgain(
                            Reasons.Registering,
                            $"{question.Feature.Name} is {state}.",
                            memo: question.Memo
                        ),
                        FeatureMove.AskForApproval => StepResult.Done(
                            Observation.False(
                                Reasons.FeaturePendingApproval,
                                $"{question.Feature.Name} waits for Microsoft's approval; open a support request, or take it out of the spec."
                            ),
                            question.Memo
                        ),
                        _ => await RegisterAsync(feature, question, cancellationToken),
                    };
                }
                catch (RequestFailedException exception) when (exception.ErrorCode == "FeatureNotFound")
                {
                    return StepResult.Done(NotFound(question.Feature), question.Memo);
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

    internal static Observation NotFound(FeatureSpec feature) =>
        feature.OnNotFound == OnNotFound.Skip
            ? Observation.True(
                Reasons.FeatureNotFound,
                $"{feature.Name} does not exist (any more): taken as generally available and skipped."
            )
            : Observation.False(
                Reasons.FeatureNotFound,
                $"{feature.Name} does not exist in this cloud; take it out of the spec, or set onNotFound to skip."
            );

    private static async Task<StepResult> RegisterAsync(
        FeatureResource feature,
        FeatureQuestion question,
        CancellationToken cancellationToken
    )
    {
        var state = (await feature.RegisterAsync(cancellationToken)).Value.Data.FeatureState;
        return StepResult.AskAgain(Reasons.Registering, $"{question.Feature.Name} is {state}.", memo: RegisteredByUs);
    }
}

/// <param name="Memo">From the report before.</param>
public sealed record FeatureQuestion(string SubscriptionId, FeatureSpec Feature, string? Memo = null);
