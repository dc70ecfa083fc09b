using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;
using MeshPort.Arm;
using MeshPort.Features;
using MeshPort.ManagedClusters;
using MeshPort.Model;
using MeshPort.Network;

namespace MeshPort.Convergence;

/// <summary>What a convergence would do for a cluster: looks at the same things, and asks the same pure code what is missing. Writes nothing.</summary>
internal sealed class ClusterPlanner(
    ArmClient arm,
    ClusterExposuresDryRun exposures,
    SubnetRoleAssignment subnets,
    GatewayDefinitions definitions
)
{
    public async Task<IReadOnlyList<PlannedChange>> PlanAsync(ClusterId cluster, ClusterSpec spec, CancellationToken cancellationToken)
    {
        if (!spec.Connection.IsAks)
        {
            return await exposures.PlanAsync(cluster, spec, hasApiServer: true, cancellationToken); // the rest is not Azure's to make
        }

        var changes = new List<PlannedChange>();
        foreach (var feature in spec.Features)
        {
            changes.Add(await FeatureAsync(cluster, feature, cancellationToken));
        }

        changes.Add(await GroupAsync(cluster, spec, cancellationToken));
        if (spec.Network is { } network)
        {
            if (
                network is { SubnetId: null, NetworkSecurityGroup: { } name }
                && EnsureNetwork.SecurityGroupId(cluster, name) is var group
                && await ReadAsync(group, cancellationToken) is null
                && await ReadAsync(EnsureNetwork.SubnetId(cluster, network), cancellationToken) is null
            )
            {
                changes.Add(
                    PlannedChange.Create(group.ToString(), "The security group does not exist.", NetworkBody.SecurityGroup(spec.Location))
                );
            }

            changes.Add(await NetworkAsync(cluster, spec.Location, network, cancellationToken));
        }

        var observed = await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken);
        changes.AddRange(await ManagedClusterAsync(cluster, spec, observed, cancellationToken));
        changes.AddRange(await exposures.PlanAsync(cluster, spec, ManagedClusterBody.HasApiServer(observed), cancellationToken));
        return changes;
    }

    private async Task<PlannedChange> FeatureAsync(ClusterId cluster, FeatureSpec feature, CancellationToken cancellationToken)
    {
        var resource = arm.GetFeatureResource(
            FeatureResource.CreateResourceIdentifier(cluster.SubscriptionId, feature.Namespace, feature.Name)
        );
        try
        {
            var state = (await resource.GetAsync(cancellationToken)).Value.Data.FeatureState;
            return EnsureFeature.Next(state) == FeatureMove.Register
                ? PlannedChange.Update(resource.Id.ToString(), "The feature is not registered.", State(state), State("Registered"))
                : PlannedChange.None(resource.Id.ToString(), $"The feature is {state}.");
        }
        catch (Azure.RequestFailedException exception) when (exception.ErrorCode == "FeatureNotFound")
        {
            return PlannedChange.None(resource.Id.ToString(), EnsureFeature.NotFound(feature).Message);
        }
    }

    private async Task<PlannedChange> GroupAsync(ClusterId cluster, ClusterSpec spec, CancellationToken cancellationToken)
    {
        var id = ResourceGroupResource.CreateResourceIdentifier(cluster.SubscriptionId, cluster.ResourceGroup).ToString();
        return await arm.GetSubscriptionResource(SubscriptionResource.CreateResourceIdentifier(cluster.SubscriptionId))
            .GetResourceGroups()
            .ExistsAsync(cluster.ResourceGroup, cancellationToken)
            ? PlannedChange.None(id, "The resource group exists.")
            : PlannedChange.Create(id, "The resource group does not exist.", new JsonObject { ["location"] = spec.Location });
    }

    private async Task<PlannedChange> NetworkAsync(
        ClusterId cluster,
        string location,
        NetworkSpec network,
        CancellationToken cancellationToken
    )
    {
        var (subnet, vnet) = (EnsureNetwork.SubnetId(cluster, network), EnsureNetwork.VirtualNetworkId(cluster, network));
        if (await ReadAsync(subnet, cancellationToken) is { } found)
        {
            if (network.SubnetId is not null)
            {
                return PlannedChange.None(subnet.ToString(), "The subnet exists.");
            }

            return PlannedChange.None(
                subnet.ToString(),
                NetworkBody.Prefix(found) == network.SubnetPrefix
                    ? "The subnet exists."
                    : $"The subnet exists with prefix {NetworkBody.Prefix(found)}, not {network.SubnetPrefix}; it is not changed, and the cluster would not become ready."
            );
        }

        if (network.SubnetId is not null)
        {
            return PlannedChange.None(
                subnet.ToString(),
                "There is no such subnet; it is not made, and the cluster would not become ready."
            );
        }

        return await ReadAsync(vnet, cancellationToken) switch
        {
            null => PlannedChange.Create(
                vnet.ToString(),
                "The virtual network does not exist.",
                NetworkBody.VirtualNetwork(location, network, GroupId(cluster, network))
            ),
            var existing when NetworkBody.HasRoom(existing, network) => PlannedChange.Create(
                subnet.ToString(),
                "The virtual network has no such subnet.",
                NetworkBody.Subnet(network, GroupId(cluster, network))
            ),
            _ => PlannedChange.None(
                vnet.ToString(),
                $"{network.SubnetPrefix} is not inside the address space of the virtual network; it is not changed, and the cluster would not become ready."
            ),
        };
    }

    private static string? GroupId(ClusterId cluster, NetworkSpec network) =>
        network.NetworkSecurityGroup is { } name ? EnsureNetwork.SecurityGroupId(cluster, name).ToString() : null;

    private async Task<IReadOnlyList<PlannedChange>> ManagedClusterAsync(
        ClusterId cluster,
        ClusterSpec spec,
        JsonObject? observed,
        CancellationToken cancellationToken
    )
    {
        var resource = ManagedClusterResource.Of(arm, cluster);
        if (observed is null)
        {
            var (body, exception) = await NewManagedCluster.BodyAsync(arm, cluster, spec, cancellationToken);
            return body is null
                ? [PlannedChange.None(resource.Id.ToString(), exception ?? "")]
                :
                [
                    PlannedChange.Create(resource.Id.ToString(), "The cluster does not exist; mesh and gateways are made with it.", body),
                    .. await RoleAsync(cluster, spec, null, cancellationToken),
                ];
        }

        var change = ManagedClusterBody.ImmutableDifference(observed, spec) is { } misfit
            ? PlannedChange.None(resource.Id.ToString(), misfit)
            : PlannedChange.Update(
                resource.Id.ToString(),
                "The cluster differs from the spec.",
                observed,
                ManagedClusterBody.Update(observed, spec, await definitions.AreMissingAsync(cluster, observed, spec, cancellationToken))
                    ?? observed
            );
        return Ownership.IsOurs(observed)
            ? [change, .. await RoleAsync(cluster, spec, SubnetRole.PrincipalOf(observed), cancellationToken)]
            : [change];
    }

    /// <param name="principal">Null while the cluster has no identity.</param>
    private async Task<IReadOnlyList<PlannedChange>> RoleAsync(
        ClusterId cluster,
        ClusterSpec spec,
        Guid? principal,
        CancellationToken cancellationToken
    )
    {
        if (spec.Network is not { } network)
        {
            return [];
        }

        var subnet = EnsureNetwork.SubnetId(cluster, network);
        var target = $"{SubnetRole.Name} on {subnet}";
        return principal is { } known && await subnets.IsGivenAsync(subnet, known, cancellationToken)
            ? [PlannedChange.None(target, "The cluster's identity has the role.")]
            :
            [
                PlannedChange.Create(
                    target,
                    "The cluster's identity needs the role; without it gateways get no address.",
                    principal is { } identity ? SubnetRole.Body(cluster, identity) : null
                ),
            ];
    }

    private Task<JsonObject?> ReadAsync(ResourceIdentifier id, CancellationToken cancellationToken) =>
        new ArmJsonResource(arm, id, ApiVersions.Network).GetIfExistsAsync(cancellationToken);

    private static JsonObject State(string? state) => new() { ["properties"] = new JsonObject { ["state"] = state } };
}
