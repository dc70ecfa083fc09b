using Azure;
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

/// <summary>The resource providers that a new cluster needs.</summary>
/// <param name="States">
/// By namespace, the registration states; without those that MeshPort may not read or this cloud does not have. Null when the cluster
/// exists.
/// </param>
internal sealed record RequiredProvidersSnapshot(IReadOnlyDictionary<string, string>? States)
{
    /// <exception cref="RequestFailedException">ARM refused or could not be reached.</exception>
    public static async Task<RequiredProvidersSnapshot> ObserveAsync(ArmClient arm, ClusterId cluster, CancellationToken cancellationToken)
    {
        if (await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken) is not null)
        {
            return new RequiredProvidersSnapshot(null as IReadOnlyDictionary<string, string>);
        }

        var states = await Task.WhenAll(
            RequiredProvidersPlan.Namespaces.Select(async name =>
                (Name: name, State: await FindAsync(arm, ProviderPlan.IdOf(cluster.SubscriptionId, name), cancellationToken))
            )
        );
        return new RequiredProvidersSnapshot(
            states.Where(one => one.State is not null).ToDictionary(one => one.Name, one => one.State ?? "", StringComparer.Ordinal)
        );
    }

    private static async Task<string?> FindAsync(ArmClient arm, ResourceIdentifier id, CancellationToken cancellationToken)
    {
        try
        {
            return (await ProviderSnapshot.ObserveAsync(arm, id, cancellationToken)).State;
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            return null;
        }
    }
}
