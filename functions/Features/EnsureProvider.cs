using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Features;

/// <summary>Registers the resource provider again, which carries a newly registered feature into effect ("recommended but not required"), and waits for it.</summary>
internal sealed class EnsureProvider(ArmClient arm)
{
    private const string Asked = nameof(Asked);

    [Function(nameof(EnsureProvider))]
    public Task<StepResult> RunAsync([ActivityTrigger] ProviderQuestion question, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                var provider = arm.GetResourceProviderResource(
                    ResourceProviderResource.CreateResourceIdentifier(question.SubscriptionId, question.Namespace)
                );
                var answer =
                    question.Memo == Asked
                        ? await provider.GetAsync(cancellationToken: cancellationToken)
                        : await provider.RegisterAsync(cancellationToken: cancellationToken);
                var state = answer.Value.Data.RegistrationState;
                return state == "Registered"
                    ? StepResult.Done(Observation.True(Reasons.Registered, $"{question.Namespace} is registered."))
                    : StepResult.AskAgain(Reasons.Registering, $"{question.Namespace} is {state}.", memo: Asked);
            },
            cancellationToken
        );
}

/// <param name="Memo">From the report before.</param>
public sealed record ProviderQuestion(string SubscriptionId, string Namespace, string? Memo = null);
