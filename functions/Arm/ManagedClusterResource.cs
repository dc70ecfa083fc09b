using System.Text;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>
/// An AKS cluster, shaped like <c>ContainerServiceManagedClusterResource</c> of Azure.ResourceManager.ContainerService, which this
/// project's package source lacks.
/// </summary>
internal sealed class ManagedClusterResource(ArmClient client, ResourceIdentifier id)
    : ArmJsonResource(client, id, ApiVersions.ManagedClusters)
{
    public static ResourceIdentifier IdOf(ClusterId cluster) =>
        new($"{ResourceGroup.IdOf(cluster)}/providers/Microsoft.ContainerService/managedClusters/{cluster.Name}");

    public static ManagedClusterResource Of(ArmClient client, ClusterId cluster) => new(client, IdOf(cluster));

    /// <summary>The user kubeconfig, as YAML. Holds a credential on clusters with local accounts: keep it in memory only.</summary>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<string> GetClusterUserCredentialsAsync(CancellationToken cancellationToken)
    {
        var answer = await ReadByPostAsync("listClusterUserCredential", cancellationToken);
        var value =
            answer["kubeconfigs"]?[0]?["value"]?.GetValue<string>()
            ?? throw new InvalidOperationException("listClusterUserCredential answered without a kubeconfig.");
        return Encoding.UTF8.GetString(Convert.FromBase64String(value));
    }

    /// <summary>The maintenance configurations of a cluster that exists.</summary>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<JsonArray> GetMaintenanceAsync(CancellationToken cancellationToken) =>
        (await GetAsync("maintenanceConfigurations", query: null, cancellationToken))["value"] as JsonArray ?? [];
}

/// <summary>The mesh revisions that a location offers.</summary>
internal sealed class MeshRevisionProfileResource(ArmClient client, ResourceIdentifier id)
    : ArmJsonResource(client, id, ApiVersions.ManagedClusters)
{
    public static MeshRevisionProfileResource Of(ArmClient client, string subscriptionId, string location) =>
        new(
            client,
            new ResourceIdentifier(
                $"/subscriptions/{subscriptionId}/providers/Microsoft.ContainerService/locations/{location}/meshRevisionProfiles/istio"
            )
        );

    public async Task<JsonArray> GetRevisionsAsync(CancellationToken cancellationToken) =>
        (await GetIfExistsAsync(cancellationToken))?["properties"]?["meshRevisions"] as JsonArray ?? [];
}
