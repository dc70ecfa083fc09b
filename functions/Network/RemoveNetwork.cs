using System.Text.Json.Nodes;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using MeshPort.Arm;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Network;

/// <summary>
/// Deletes what MeshPort has made of the network, and the resource group if MeshPort has made it and nothing else is in it. What others use by now stays, and that is no failure.
/// </summary>
internal sealed class RemoveNetwork(ArmClient arm, ClusterStore clusters, SubnetRoleAssignment subnets)
{
    private const int MostNeighbours = 1000;
    private static readonly string[] InUse =
    [
        "InUseSubnetCannotBeDeleted",
        "SubnetInUse",
        "VirtualNetworkInUse",
        "InUseVirtualNetworkCannotBeDeleted",
        "InUseNetworkSecurityGroupCannotBeDeleted",
        "NetworkSecurityGroupInUse",
    ];

    [Function(nameof(RemoveNetwork))]
    public Task<StepResult> RunAsync([ActivityTrigger] StepInput question, CancellationToken cancellationToken) =>
        ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                if (await clusters.GetAsync(question.Cluster, cancellationToken) is not { } cluster)
                {
                    return StepResult.Done(Observation.True(Reasons.NothingToDo, "The cluster is not known any more."));
                }

                if (!cluster.Spec.Connection.IsAks)
                {
                    return StepResult.Done(
                        Observation.True(Reasons.NothingToDo, "The cluster is not Azure's, and nothing was made there for it.")
                    );
                }

                await subnets.TakeBackAsync(question.Cluster, cluster.Status, cancellationToken);
                var stays = new List<string>();
                if (cluster.Spec.Network is { SubnetId: null } network)
                {
                    var subnet = EnsureNetwork.SubnetId(question.Cluster, network);
                    var report =
                        await RemoveAsync(
                            EnsureNetwork.VirtualNetworkId(question.Cluster, network),
                            Ownership.IsOurs,
                            stays,
                            cancellationToken
                        )
                        ?? (
                            cluster.Status.Made.Contains(subnet.ToString(), StringComparer.OrdinalIgnoreCase)
                                ? await RemoveAsync(subnet, _ => true, stays, cancellationToken)
                                : null
                        )
                        ?? (
                            network.NetworkSecurityGroup is { } group
                                ? await RemoveAsync(
                                    EnsureNetwork.SecurityGroupId(question.Cluster, group),
                                    Ownership.IsOurs,
                                    stays,
                                    cancellationToken
                                )
                                : null
                        );
                    if (report is not null)
                    {
                        return report;
                    }
                }

                return await RemoveGroupAsync(question.Cluster, stays, cancellationToken)
                    ?? StepResult.Done(
                        Observation.True(
                            Reasons.AsDesired,
                            stays.Count == 0 ? "Nothing of MeshPort's is left." : $"Others use it, so it stays: {string.Join(", ", stays)}."
                        )
                    );
            },
            cancellationToken
        );

    /// <returns>Null when there is nothing to wait for.</returns>
    private async Task<StepResult?> RemoveAsync(
        ResourceIdentifier id,
        Func<JsonObject, bool> isOurs,
        List<string> stays,
        CancellationToken cancellationToken
    )
    {
        var resource = new ArmJsonResource(arm, id, ApiVersions.Network);
        if (await resource.GetIfExistsAsync(cancellationToken) is not { } observed || !isOurs(observed))
        {
            return null;
        }

        if (observed["properties"]?["provisioningState"]?.GetValue<string>() == "Deleting")
        {
            return StepResult.AskAgain(Reasons.Pending, $"{id.ResourceType.GetLastType()} {id.Name} is being deleted.");
        }

        try
        {
            return StepResult.AskAgain(
                Reasons.Pending,
                $"{id.ResourceType.GetLastType()} {id.Name} is being deleted.",
                await resource.DeleteAsync(cancellationToken)
            );
        }
        catch (RequestFailedException exception) when (InUse.Contains(exception.ErrorCode))
        {
            stays.Add(id.Name);
            return null;
        }
    }

    private async Task<StepResult?> RemoveGroupAsync(ClusterId cluster, List<string> stays, CancellationToken cancellationToken)
    {
        var group = arm.GetResourceGroupResource(
            ResourceGroupResource.CreateResourceIdentifier(cluster.SubscriptionId, cluster.ResourceGroup)
        );
        try
        {
            var found = (await group.GetAsync(cancellationToken)).Value;
            if (!found.Data.Tags.TryGetValue(Ownership.Tag, out var value) || value != Ownership.Value)
            {
                return null;
            }

            if (await FindNeighbourAsync(cluster, cancellationToken) is { } neighbour)
            {
                stays.Add($"resource group {cluster.ResourceGroup} (cluster {neighbour})");
                return null;
            }

            if (found.Data.ResourceGroupProvisioningState == "Deleting")
            {
                return StepResult.AskAgain(Reasons.Pending, $"Resource group {cluster.ResourceGroup} is being deleted.");
            }

            await foreach (var resource in found.GetGenericResourcesAsync(top: 1, cancellationToken: cancellationToken))
            {
                stays.Add($"resource group {cluster.ResourceGroup} ({resource.Data.Name})");
                return null;
            }

            await found.DeleteAsync(WaitUntil.Started, cancellationToken: cancellationToken);
            return StepResult.AskAgain(Reasons.Pending, $"Resource group {cluster.ResourceGroup} is being deleted.");
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Another cluster of the resource group that MeshPort keeps, which may be about to be made there.</summary>
    private async Task<string?> FindNeighbourAsync(ClusterId cluster, CancellationToken cancellationToken)
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
