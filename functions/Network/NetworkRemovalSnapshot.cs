using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Network;

/// <summary>The remains of a cluster's network and resource group.</summary>
/// <param name="Group">The resource group; null when it does not exist.</param>
/// <param name="Neighbour">Another cluster in the resource group that MeshPort keeps, perhaps before it is made.</param>
/// <param name="Resident">The name of a resource in the group; null when the group is empty.</param>
internal sealed record NetworkRemovalSnapshot(
    JsonObject? VirtualNetwork,
    JsonObject? Subnet,
    JsonObject? SecurityGroup,
    JsonObject? Group,
    string? Neighbour,
    string? Resident
)
{
    private const int MostNeighbours = 1000;

    /// <summary>By ARM id, the public IP addresses that MeshPort made; null for one that is gone.</summary>
    public IReadOnlyDictionary<string, JsonObject?> PublicIps { get; init; } = new Dictionary<string, JsonObject?>();

    /// <summary>Nothing is left.</summary>
    public static readonly NetworkRemovalSnapshot Empty = new(null, null, null, null, null, null);

    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public static async Task<NetworkRemovalSnapshot> ObserveAsync(
        ArmClient arm,
        ClusterStore clusters,
        ClusterId cluster,
        Resource<ClusterSpec> known,
        CancellationToken cancellationToken
    )
    {
        var spec = known.Spec;
        var publicIps = new Dictionary<string, JsonObject?>(StringComparer.OrdinalIgnoreCase);
        foreach (var id in known.Status.Made.Where(Arm.PublicIps.IsOne))
        {
            publicIps[id] = await ReadAsync(new ResourceIdentifier(id));
        }

        var resourceGroup = new ResourceGroup(arm, cluster);
        var network = spec.Network is { SubnetId: null } named ? named : null;
        var group = await resourceGroup.GetIfExistsAsync(cancellationToken);
        if (group is null)
        {
            return Empty with { PublicIps = publicIps };
        }

        var isOurs = Ownership.IsOurs(group);
        return new NetworkRemovalSnapshot(
            network is null ? null : await ReadAsync(NetworkIds.VirtualNetwork(cluster, network)),
            network is null ? null : await ReadAsync(NetworkIds.Subnet(cluster, network)),
            network?.NetworkSecurityGroup is { } name ? await ReadAsync(NetworkIds.SecurityGroup(cluster, name)) : null,
            group,
            isOurs ? await FindNeighbourAsync(clusters, cluster, cancellationToken) : null,
            isOurs ? await resourceGroup.FindResourceAsync(cancellationToken) : null
        )
        {
            PublicIps = publicIps,
        };

        Task<JsonObject?> ReadAsync(ResourceIdentifier id) =>
            new ArmJsonResource(arm, id, ApiVersions.Network).GetIfExistsAsync(cancellationToken);
    }

    private static async Task<string?> FindNeighbourAsync(ClusterStore clusters, ClusterId cluster, CancellationToken cancellationToken)
    {
        foreach (var other in await clusters.ListIdsAsync(cluster with { Name = "" }, null, MostNeighbours, cancellationToken))
        {
            if (
                other != cluster
                && await clusters.GetAsync(other, cancellationToken) is { Metadata.DeletedAt: null, Spec.Connection.IsAks: true }
            )
            {
                return other.Name;
            }
        }

        return null;
    }
}
