using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Features;

/// <summary>One preview feature as Azure knows it.</summary>
/// <param name="State">Its registration state; null when this cloud does not have the feature.</param>
internal sealed record FeatureSnapshot(string? State)
{
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public static async Task<FeatureSnapshot> ObserveAsync(
        ArmClient arm,
        string subscriptionId,
        FeatureSpec feature,
        CancellationToken cancellationToken
    )
    {
        var resource = new ArmJsonResource(arm, FeaturePlan.IdOf(subscriptionId, feature), ApiVersions.Features);
        var found = await resource.GetUnlessAsync("FeatureNotFound", cancellationToken);
        return new FeatureSnapshot(found is null ? null : found["properties"]?["state"]?.GetValue<string>() ?? "");
    }
}

/// <summary>A resource provider of the subscription.</summary>
internal sealed record ProviderSnapshot(string? State)
{
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public static async Task<ProviderSnapshot> ObserveAsync(ArmClient arm, ResourceIdentifier id, CancellationToken cancellationToken) =>
        new(
            (await new ArmJsonResource(arm, id, ApiVersions.Resources).GetIfExistsAsync(cancellationToken))?[
                "registrationState"
            ]?.GetValue<string>()
        );
}
