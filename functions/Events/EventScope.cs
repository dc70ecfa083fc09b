using Azure.Core;
using MeshPort.Arm;
using MeshPort.ManagedClusters;
using MeshPort.Model;

namespace MeshPort.Events;

/// <summary>Relates Azure resources to clusters, pure.</summary>
internal static class EventScope
{
    private const string ManagedCluster = "Microsoft.ContainerService/managedClusters";

    /// <summary>Resources in the node resource group that carry traffic of the cluster.</summary>
    private static readonly ResourceType[] OfNodes =
    [
        "Microsoft.Network/networkSecurityGroups",
        "Microsoft.Network/loadBalancers",
        "Microsoft.Network/publicIPAddresses",
    ];
    private static readonly ResourceType[] OfNetwork = ["Microsoft.Network/virtualNetworks", "Microsoft.Network/networkSecurityGroups"];

    /// <summary>The cluster that is the resource or contains it.</summary>
    public static ClusterId? Cluster(ResourceIdentifier resource)
    {
        for (var part = resource; part is not null; part = part.Parent)
        {
            if (part.ResourceType == ManagedCluster)
            {
                return ClusterId.TryCreate(part.SubscriptionId ?? "", part.ResourceGroupName ?? "", part.Name, out var id, out _)
                    ? id
                    : null;
            }
        }

        return null;
    }

    /// <summary>
    /// Whether a resource outside the cluster may affect it: its resource group, a network there, or traffic resources in its node resource
    /// group.
    /// </summary>
    public static bool Concerns(ResourceIdentifier resource, ClusterId cluster)
    {
        if (!Same(resource.SubscriptionId, cluster.SubscriptionId) || resource.ResourceGroupName is not { } group)
        {
            return false;
        }

        return Same(group, cluster.ResourceGroup)
            ? resource.ResourceType == ResourceIdentifier.Root.ResourceType
                || resource.ResourceType == "Microsoft.Resources/resourceGroups"
                || IsPartOf(resource, OfNetwork)
            : IsPartOf(resource, OfNodes) && group.StartsWith(NodeResourceGroup.Prefix(cluster), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the resource is a network or a security group, or part of one.</summary>
    public static bool IsNetwork(ResourceIdentifier resource) => IsPartOf(resource, OfNetwork);

    /// <summary>
    /// Whether the resource is in the resource group of the cluster's subnet, which also has its network and usually its security group.
    /// </summary>
    /// <param name="subnetId">Null when the spec does not name a subnet by its id.</param>
    public static bool IsNear(ResourceIdentifier resource, string? subnetId) =>
        subnetId is not null
        && new ResourceIdentifier(subnetId) is var subnet
        && subnet.SubscriptionId is { } subscription
        && subnet.ResourceGroupName is { } group
        && Same(resource.SubscriptionId, subscription)
        && Same(resource.ResourceGroupName, group);

    /// <summary>
    /// Whether the resource is the security group of the subnet of a cluster's nodes, in any resource group, or part of it.
    /// </summary>
    /// <param name="made"><see cref="ResourceStatus.Made"/> of the cluster.</param>
    public static bool IsGuard(ResourceIdentifier resource, IReadOnlyList<string> made)
    {
        for (var part = resource; part is not null; part = part.Parent)
        {
            if (made.Contains(SubnetSecurityGroup.Mark(part.ToString()), StringComparer.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPartOf(ResourceIdentifier resource, ResourceType[] types)
    {
        for (var part = resource; part is not null; part = part.Parent)
        {
            if (types.Contains(part.ResourceType))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Same(string? one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
