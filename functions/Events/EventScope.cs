using Azure.Core;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Events;

/// <summary>Which clusters an Azure resource has to do with, pure.</summary>
internal static class EventScope
{
    private const string ManagedCluster = "Microsoft.ContainerService/managedClusters";
    private const int LongestGroupName = 80; // to which AKS cuts the name of a node resource group

    /// <summary>What, of a resource group that is not the cluster's own, carries its traffic.</summary>
    private static readonly ResourceType[] OfNodes =
    [
        "Microsoft.Network/networkSecurityGroups",
        "Microsoft.Network/loadBalancers",
        "Microsoft.Network/publicIPAddresses",
    ];
    private static readonly ResourceType[] OfNetwork = ["Microsoft.Network/virtualNetworks", "Microsoft.Network/networkSecurityGroups"];

    /// <summary>The cluster that the resource is, or is part of.</summary>
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

    /// <summary>Whether a resource that is no part of it may still matter to a cluster: its resource group, a network there, what its nodes' resource group has.</summary>
    public static bool Concerns(ResourceIdentifier resource, ClusterId cluster)
    {
        if (!Same(resource.SubscriptionId, cluster.SubscriptionId) || resource.ResourceGroupName is not { } group)
        {
            return false;
        }

        var nodes = $"MC_{cluster.ResourceGroup}_{cluster.Name}_";
        return Same(group, cluster.ResourceGroup)
            ? resource.ResourceType == ResourceIdentifier.Root.ResourceType
                || resource.ResourceType == "Microsoft.Resources/resourceGroups"
                || IsPartOf(resource, OfNetwork)
            : IsPartOf(resource, OfNodes)
                && group.StartsWith(
                    nodes.Length <= LongestGroupName ? nodes : nodes[..LongestGroupName],
                    StringComparison.OrdinalIgnoreCase
                );
    }

    /// <summary>Whether it is a network or a security group, or part of one.</summary>
    public static bool IsNetwork(ResourceIdentifier resource) => IsPartOf(resource, OfNetwork);

    /// <summary>Whether it is in the resource group of a cluster's subnet, as its network is, and its security group as a rule.</summary>
    /// <param name="subnetId">Null where the spec names none by its id.</param>
    public static bool IsNear(ResourceIdentifier resource, string? subnetId) =>
        subnetId is not null
        && new ResourceIdentifier(subnetId) is var subnet
        && subnet.SubscriptionId is { } subscription
        && subnet.ResourceGroupName is { } group
        && Same(resource.SubscriptionId, subscription)
        && Same(resource.ResourceGroupName, group);

    /// <summary>Whether it is the security group that guards the subnet of a cluster's nodes, wherever that is, or part of it.</summary>
    /// <param name="made">What the cluster's status has noted.</param>
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
