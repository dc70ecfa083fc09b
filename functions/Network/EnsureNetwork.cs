using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Network;

/// <summary>Makes the resource group, the virtual network and the subnet where they are absent; changes none that exists.</summary>
internal sealed class EnsureNetwork(ArmClient arm, ClusterStore clusters, StatusStore log)
{
    [Function(nameof(EnsureNetwork))]
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (await clusters.FindSpecAsync(question, cancellationToken) is not { } spec)
                {
                    return StepResult.Done(
                        Observation.Unknown(Reasons.Blocked, "The spec has changed meanwhile; the next convergence works from the new one.")
                    );
                }

                if (!spec.Connection.IsAks)
                {
                    return StepResult.Done(Observation.True(Reasons.NothingToDo, "The cluster is not Azure's to make."));
                }

                // A subnet that is there has a resource group, so nobody need ask for that.
                var subnet = spec.Network is { } named
                    ? await new ArmJsonResource(arm, SubnetId(question.Cluster, named), ApiVersions.Network).GetIfExistsAsync(
                        cancellationToken
                    )
                    : null;
                if (subnet is not null)
                {
                    await log.RecordClusterAsync(
                        question.Cluster,
                        (status, _) => SubnetSecurityGroup.Note(status, SubnetSecurityGroup.Of(subnet)),
                        cancellationToken
                    );
                }

                if (subnet is null || spec.Network?.SubnetId is not null)
                {
                    await EnsureResourceGroupAsync(question.Cluster, spec, cancellationToken);
                }

                return spec.Network is { } network
                    ? subnet is null
                        ? await MakeSubnetAsync(question.Cluster, spec.Location, network, cancellationToken)
                        : Judge(subnet, network)
                    : StepResult.Done(Observation.True(Reasons.NothingToDo, "AKS manages the network."));
            },
            cancellationToken
        );

    internal static ResourceIdentifier SubnetId(ClusterId cluster, NetworkSpec network) =>
        new(network.SubnetId ?? $"{VirtualNetworkId(cluster, network)}/subnets/{network.Subnet}");

    internal static ResourceIdentifier SecurityGroupId(ClusterId cluster, string name) =>
        new(
            $"/subscriptions/{cluster.SubscriptionId}/resourceGroups/{cluster.ResourceGroup}/providers/Microsoft.Network/networkSecurityGroups/{name}"
        );

    internal static ResourceIdentifier VirtualNetworkId(ClusterId cluster, NetworkSpec network) =>
        new(
            $"/subscriptions/{cluster.SubscriptionId}/resourceGroups/{cluster.ResourceGroup}/providers/Microsoft.Network/virtualNetworks/{network.Vnet}"
        );

    internal static ResourceGroupData NewGroup(string location) =>
        new(new AzureLocation(location)) { Tags = { [Ownership.Tag] = Ownership.Value } };

    private async Task EnsureResourceGroupAsync(ClusterId cluster, ClusterSpec spec, CancellationToken cancellationToken)
    {
        var groups = arm.GetSubscriptionResource(SubscriptionResource.CreateResourceIdentifier(cluster.SubscriptionId)).GetResourceGroups();
        if (await groups.ExistsAsync(cluster.ResourceGroup, cancellationToken))
        {
            return;
        }

        await groups.CreateOrUpdateAsync(WaitUntil.Started, cluster.ResourceGroup, NewGroup(spec.Location), cancellationToken);
    }

    private async Task<StepResult> MakeSubnetAsync(
        ClusterId cluster,
        string location,
        NetworkSpec network,
        CancellationToken cancellationToken
    )
    {
        var subnetResource = new ArmJsonResource(arm, SubnetId(cluster, network), ApiVersions.Network);
        if (network.SubnetId is { } id)
        {
            return StepResult.Done(
                Observation.False(Reasons.NetworkConflict, $"There is no subnet {id}; make it, or name the network by vnet and subnet.")
            );
        }

        var vnetResource = new ArmJsonResource(arm, VirtualNetworkId(cluster, network), ApiVersions.Network);
        var vnet = await vnetResource.GetIfExistsAsync(cancellationToken);
        if (vnet is not null && !NetworkBody.HasRoom(vnet, network))
        {
            return StepResult.Done(
                Observation.False(
                    Reasons.NetworkConflict,
                    $"Virtual network {network.Vnet} exists and {network.SubnetPrefix} is not inside its address space; choose a prefix inside it, or another network."
                )
            );
        }

        var group = network.NetworkSecurityGroup is { } name ? SecurityGroupId(cluster, name) : null;
        if (group is not null && await EnsureSecurityGroupAsync(group, location, cancellationToken) is { } pending)
        {
            return pending;
        }

        if (vnet is not null)
        {
            // A subnet has no tags. Noted before it is made: what was never made is not there to be removed.
            await log.RecordClusterAsync(cluster, (status, _) => status.Making(SubnetId(cluster, network).ToString()), cancellationToken);
        }

        var accepted = vnet is null
            ? await vnetResource.PutAsync(
                NetworkBody.VirtualNetwork(location, network, group?.ToString()),
                conditions: null,
                cancellationToken
            )
            : await subnetResource.PutAsync(NetworkBody.Subnet(network, group?.ToString()), conditions: null, cancellationToken);
        return StepResult.AskAgain(
            Reasons.Pending,
            vnet is null ? $"Virtual network {network.Vnet} is being made." : $"Subnet {network.Subnet} is being made.",
            accepted.RetryAfter
        );
    }

    /// <summary>The security group that a new subnet gets; one that exists is taken as it is.</summary>
    /// <returns>Null when it is there.</returns>
    private async Task<StepResult?> EnsureSecurityGroupAsync(ResourceIdentifier id, string location, CancellationToken cancellationToken)
    {
        var resource = new ArmJsonResource(arm, id, ApiVersions.Network);
        if (await resource.GetIfExistsAsync(cancellationToken) is not null)
        {
            return null;
        }

        var accepted = await resource.PutAsync(NetworkBody.SecurityGroup(location), conditions: null, cancellationToken);
        return StepResult.AskAgain(Reasons.Pending, $"Security group {id.Name} is being made.", accepted.RetryAfter);
    }

    private static StepResult Judge(JsonObject subnet, NetworkSpec network) =>
        subnet["properties"]?["provisioningState"]?.GetValue<string>() switch
        {
            null
            or "Succeeded"
                when GroupName(subnet) is var found
                    && network.NetworkSecurityGroup is { } wanted
                    && !string.Equals(found, wanted, StringComparison.OrdinalIgnoreCase) => StepResult.Done(
                Observation.False(
                    Reasons.NetworkConflict,
                    $"Subnet {subnet["name"]} exists and is guarded by {(found is null ? "no security group" : $"security group {found}")}, not by {wanted}; attach that, or write what it has."
                )
            ),
            null or "Succeeded" when network.SubnetId is not null || NetworkBody.Prefix(subnet) == network.SubnetPrefix => StepResult.Done(
                Observation.True(Reasons.AsDesired, $"Subnet {subnet["name"]} {NetworkBody.Prefix(subnet)} is there.")
            ),
            null or "Succeeded" => StepResult.Done(
                Observation.False(
                    Reasons.NetworkConflict,
                    $"Subnet {network.Subnet} exists with prefix {NetworkBody.Prefix(subnet)}, not {network.SubnetPrefix}; write its own prefix, or choose another subnet."
                )
            ),
            "Failed" => StepResult.Done(
                Observation.False(
                    Reasons.AzureRefused,
                    $"Subnet {subnet["name"]} is in state Failed; look at it in the portal, mend or delete it."
                )
            ),
            var state => StepResult.AskAgain(Reasons.Pending, $"Subnet {subnet["name"]} is {state}."),
        };

    private static string? GroupName(JsonObject subnet) =>
        SubnetSecurityGroup.Of(subnet) is { Length: > 0 } id ? new ResourceIdentifier(id).Name : null;
}
