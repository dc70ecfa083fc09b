using System.Text.Json.Nodes;
using Azure.Core;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Network;

/// <summary>
/// The plan for the network of a cluster, pure. MeshPort makes what is absent and changes nothing that exists. In every row, an absent
/// resource group is made first.
/// <code>
/// spec              observed                             change                          reported
/// not AKS           -                                    -                               True   NothingToDo
/// no network        -                                    -                               True   NothingToDo
/// subnetId          no subnet                            -                               False  NetworkConflict
/// vnet and subnet   no virtual network                   security group, if absent;      wait   Pending
///                                                        virtual network with subnet
/// vnet and subnet   virtual network without room         -                               False  NetworkConflict
/// vnet and subnet   virtual network without the subnet   security group, if absent;      wait   Pending
///                                                        subnet
/// any               subnet Failed                        -                               False  AzureRefused
/// any               subnet in another state              -                               wait   Pending
/// any               subnet with another security group   -                               False  NetworkConflict
/// vnet and subnet   subnet with another prefix           -                               False  NetworkConflict
/// any               subnet without IPv6, which           -                               False  NetworkConflict
///                   ipFamilies needs
/// any               subnet without the NAT gateway or    -                               False  NetworkConflict
///                   the route table of outboundType
/// any               subnet that fits                     -                               True   AsDesired
/// </code>
/// </summary>
internal static class NetworkPlan
{
    private const string NotReady = "it is not changed, and the cluster would not become ready.";

    public static StepPlan<ArmChange> Of(ClusterId cluster, ClusterSpec spec, NetworkSnapshot snapshot)
    {
        if (!spec.Connection.IsAks)
        {
            return StepPlan<ArmChange>.Nothing(Observation.True(Reasons.NothingToDo, "The cluster is not Azure's to make."));
        }

        var network =
            spec.Network is not { } named ? StepPlan<ArmChange>.Nothing(Observation.True(Reasons.NothingToDo, "AKS manages the network."))
            : snapshot.Subnet is { } subnet ? Judge(cluster, spec, named, subnet)
            : named.SubnetId is { } id
                ? StepPlan<ArmChange>.Nothing(
                    Observation.False(
                        Reasons.NetworkConflict,
                        $"Subnet {id} does not exist. Create it, or name the network by vnet and subnet."
                    ),
                    PlannedChange.None(
                        id,
                        "The subnet does not exist and MeshPort does not create it, so the cluster would not become ready."
                    )
                )
            : Make(cluster, spec, named, snapshot);
        var group = ResourceGroup.IdOf(cluster).ToString();
        if (snapshot.HasGroup)
        {
            return network with { DryRun = [PlannedChange.None(group, "The resource group exists."), .. network.DryRun] };
        }

        var made = ArmChange.Create(
            group,
            ApiVersions.Resources,
            "The resource group does not exist.",
            ResourceGroup.Body(spec.Location, spec.Tags)
        );
        return network with { Changes = [made, .. network.Changes], DryRun = [made.DryRun, .. network.DryRun] };
    }

    /// <summary>Notes in the cluster's status which security group guards its subnet.</summary>
    public static ResourceStatus Note(ResourceStatus status, NetworkSnapshot snapshot) =>
        snapshot.Subnet is { } subnet ? SubnetSecurityGroup.Note(status, SubnetSecurityGroup.Of(subnet)) : status;

    private static StepPlan<ArmChange> Make(ClusterId cluster, ClusterSpec spec, NetworkSpec network, NetworkSnapshot snapshot)
    {
        var (vnet, subnet) = (NetworkIds.VirtualNetwork(cluster, network).ToString(), NetworkIds.Subnet(cluster, network).ToString());
        if (snapshot.VirtualNetwork is { } found && NetworkBody.Outside(found, network) is { } outside)
        {
            return StepPlan<ArmChange>.Nothing(
                Observation.False(
                    Reasons.NetworkConflict,
                    $"Virtual network {network.Vnet} exists and {outside} is not inside its address space; "
                        + "choose a prefix inside it, or another network."
                ),
                PlannedChange.None(vnet, $"{outside} is not inside the address space of the virtual network; {NotReady}")
            );
        }

        var guard = network.NetworkSecurityGroup is { } name ? NetworkIds.SecurityGroup(cluster, name).ToString() : null;
        IReadOnlyList<ArmChange> changes =
        [
            .. guard is not null && !snapshot.HasSecurityGroup ? [Guard(guard, spec)] : Array.Empty<ArmChange>(),
            snapshot.VirtualNetwork is null
                ? ArmChange.Create(
                    vnet,
                    ApiVersions.Network,
                    "The virtual network does not exist.",
                    NetworkBody.VirtualNetwork(spec.Location, spec.Tags, network, guard)
                ) with
                {
                    Then = Making($"Virtual network {network.Vnet}"),
                }
                : ArmChange.Create(
                    subnet,
                    ApiVersions.Network,
                    "The virtual network has no such subnet.",
                    NetworkBody.Subnet(network, guard)
                ) with
                {
                    IsMarked = true, // a subnet has no tags
                    Then = Making($"Subnet {network.Subnet}"),
                },
        ];
        return new(changes, changes[^1].Then ?? Making(""), [.. changes.Select(change => change.DryRun)]);
    }

    private static ArmChange Guard(string id, ClusterSpec spec) =>
        ArmChange.Create(
            id,
            ApiVersions.Network,
            "The security group does not exist.",
            NetworkBody.SecurityGroup(spec.Location, spec.Tags)
        ) with
        {
            Then = Making($"Security group {new ResourceIdentifier(id).Name}"),
        };

    private static StepResult Making(string what) => StepResult.AskAgain(Reasons.Pending, $"{what} is being made.");

    private static StepPlan<ArmChange> Judge(ClusterId cluster, ClusterSpec spec, NetworkSpec network, JsonObject subnet)
    {
        var id = NetworkIds.Subnet(cluster, network).ToString();
        return subnet["properties"]?["provisioningState"]?.GetValue<string>() switch
        {
            null
            or "Succeeded"
                when (ImmutableDifference(network, subnet) ?? MissingFamily(spec, subnet) ?? MissingWayOut(spec, subnet))
                    is var (conflict, told) => StepPlan<ArmChange>.Nothing(
                Observation.False(Reasons.NetworkConflict, conflict),
                PlannedChange.None(id, $"{told}; {NotReady}")
            ),
            null or "Succeeded" => StepPlan<ArmChange>.Nothing(
                Observation.True(Reasons.AsDesired, $"Subnet {subnet["name"]} {Tell(SubnetPrefixes.Of(subnet))} is there."),
                PlannedChange.None(id, "The subnet exists.")
            ),
            "Failed" => StepPlan<ArmChange>.Nothing(
                Observation.False(
                    Reasons.AzureRefused,
                    $"Subnet {subnet["name"]} is in state Failed. Look at it in the portal, and repair or delete it."
                ),
                PlannedChange.None(id, $"The subnet is in state Failed; {NotReady}")
            ),
            var state => StepPlan<ArmChange>.Nothing(
                StepResult.AskAgain(Reasons.Pending, $"Subnet {subnet["name"]} is {state}."),
                PlannedChange.None(id, "The subnet exists.")
            ),
        };
    }

    /// <returns>The texts for a condition and for a dry run about a subnet that does not fit the spec; null when it fits.</returns>
    private static (string Conflict, string DryRun)? ImmutableDifference(NetworkSpec network, JsonObject subnet)
    {
        var found = SubnetSecurityGroup.Of(subnet) is { Length: > 0 } group ? new ResourceIdentifier(group).Name : null;
        if (network.NetworkSecurityGroup is { } wanted && !string.Equals(found, wanted, StringComparison.OrdinalIgnoreCase))
        {
            var guard = found is null ? "no security group" : $"security group {found}";
            return (
                $"Subnet {subnet["name"]} exists and is guarded by {guard}, not by {wanted}; attach that, or write what it has.",
                $"The subnet exists and is guarded by {guard}, not by {wanted}"
            );
        }

        var (has, named) = (SubnetPrefixes.Of(subnet), NetworkBody.Prefixes(network));
        return network.SubnetId is not null || has.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(named)
            ? null
            : (
                $"Subnet {network.Subnet} exists with prefix {Tell(has)}, not {Tell(named)}; "
                    + "write its own prefix, or choose another subnet.",
                $"The subnet exists with prefix {Tell(has)}, not {Tell(named)}"
            );
    }

    private static string Tell(IEnumerable<string> prefixes) => string.Join(" and ", prefixes);

    /// <summary>Nodes of a dual-stack cluster get addresses of both families from their subnet.</summary>
    private static (string Conflict, string DryRun)? MissingFamily(ClusterSpec spec, JsonObject subnet) =>
        !spec.IsDualStack || SubnetPrefixes.Of(subnet).Any(prefix => IpFamilies.Of(prefix) == IpFamily.IPv6)
            ? null
            : (
                $"Subnet {subnet["name"]} has no IPv6 prefix, which ipFamilies needs. Add IPv6 to the network and the subnet "
                    + "(az network vnet subnet update --address-prefixes), or remove IPv6 from ipFamilies.",
                "The subnet has no IPv6 prefix, which ipFamilies needs"
            );

    /// <summary>
    /// The missing resource of the subnet that the cluster's outbound type needs (AKS documentation, "Customize cluster egress").
    /// </summary>
    private static (string Conflict, string DryRun)? MissingWayOut(ClusterSpec spec, JsonObject subnet)
    {
        var (field, needed, option) = spec.OutboundType switch
        {
            OutboundType.UserAssignedNatGateway => ("natGateway", "NAT gateway", "--nat-gateway"),
            OutboundType.UserDefinedRouting => ("routeTable", "route table", "--route-table"),
            _ => ("", "", ""),
        };
        return field.Length == 0 || subnet["properties"]?[field]?["id"] is not null
            ? null
            : (
                $"Subnet {subnet["name"]} has no {needed}, which outboundType needs. Associate one "
                    + $"(az network vnet subnet update {option}), or choose another outboundType.",
                $"The subnet has no {needed}, which outboundType needs"
            );
    }
}
