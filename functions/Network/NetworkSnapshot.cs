using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Network;

/// <summary>The network of a cluster as Azure has it. Only what the plan needs is read: nothing above a subnet that exists.</summary>
/// <param name="HasGroup">Whether the cluster's resource group exists.</param>
/// <param name="Subnet">Null when it does not exist, and where AKS manages the network.</param>
/// <param name="VirtualNetwork">Null when it does not exist or was not read.</param>
/// <param name="HasSecurityGroup">Whether the security group that the spec names exists; false when it was not read.</param>
internal sealed record NetworkSnapshot(bool HasGroup, JsonObject? Subnet, JsonObject? VirtualNetwork, bool HasSecurityGroup)
{
    private static readonly NetworkSnapshot Empty = new(HasGroup: false, null, null, HasSecurityGroup: false);

    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public static async Task<NetworkSnapshot> ObserveAsync(
        ArmClient arm,
        ClusterId cluster,
        ClusterSpec spec,
        CancellationToken cancellationToken
    )
    {
        if (!spec.Connection.IsAks)
        {
            return Empty;
        }

        var subnet = spec.Network is { } named ? await ReadAsync(NetworkIds.Subnet(cluster, named)) : null;
        var isInGroup = subnet is not null && spec.Network?.SubnetId is null;
        if (!isInGroup && await new ResourceGroup(arm, cluster).GetIfExistsAsync(cancellationToken) is null)
        {
            return Empty with { Subnet = subnet };
        }

        var seen = new NetworkSnapshot(HasGroup: true, subnet, null, HasSecurityGroup: false);
        return subnet is null && spec.Network is { SubnetId: null } network
            ? seen with
            {
                VirtualNetwork = await ReadAsync(NetworkIds.VirtualNetwork(cluster, network)),
                HasSecurityGroup =
                    network.NetworkSecurityGroup is { } name && await ReadAsync(NetworkIds.SecurityGroup(cluster, name)) is not null,
            }
            : seen;

        Task<JsonObject?> ReadAsync(ResourceIdentifier id) =>
            new ArmJsonResource(arm, id, ApiVersions.Network).GetIfExistsAsync(cancellationToken);
    }
}
