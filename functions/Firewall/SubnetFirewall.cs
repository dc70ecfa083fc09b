using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Firewall;

/// <summary>
/// The network security group of the nodes' subnet. AKS opens the group at the nodes' interfaces by itself and never writes this one. Each
/// rule is written as one resource, and only where it differs. Rules of others stay.
/// </summary>
internal sealed class SubnetFirewall(ArmClient arm, Installation installation)
{
    /// <summary>Reads the group. The subnet itself is read only while its group is not known from the cluster's status.</summary>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public async Task<FirewallSnapshot> ObserveAsync(
        ClusterId cluster,
        ClusterSpec spec,
        ResourceStatus status,
        CancellationToken cancellationToken
    )
    {
        if (spec.Network is not { } network)
        {
            return FirewallSnapshot.AksOwnNetwork;
        }

        var id =
            SubnetSecurityGroup.Find(status)
            ?? SubnetSecurityGroup.Of(await ReadAsync(NetworkIds.Subnet(cluster, network), cancellationToken));
        return id.Length > 0 && await ReadAsync(new ResourceIdentifier(id), cancellationToken) is { } group
            ? new FirewallSnapshot(
                new ResourceIdentifier(id),
                group,
                FirewallPlan.Prefix(await installation.NameAsync(cancellationToken), cluster)
            )
            : FirewallSnapshot.NoGroup;
    }

    /// <inheritdoc cref="FirewallWrites.ApplyAsync"/>
    public Task<IReadOnlyDictionary<string, Observation>> ApplyAsync(
        ResourceIdentifier group,
        FirewallPlan plan,
        CancellationToken cancellationToken
    ) => FirewallWrites.ApplyAsync(arm, group, plan, cancellationToken);

    private Task<JsonObject?> ReadAsync(ResourceIdentifier id, CancellationToken cancellationToken) =>
        new ArmJsonResource(arm, id, ApiVersions.Network).GetIfExistsAsync(cancellationToken);
}

/// <summary>The security group as it is.</summary>
/// <param name="Id">Null where no group protects the nodes' subnet.</param>
/// <param name="Group">The body of the group as ARM answers it.</param>
/// <param name="Prefix">The prefix of the names of MeshPort's rules for this cluster.</param>
/// <param name="Why">The reason why there is no group.</param>
internal sealed record FirewallSnapshot(ResourceIdentifier? Id, JsonObject Group, string Prefix, string Why = "")
{
    /// <summary>Whether a rule of the group, as it is, lets clients to an exposure.</summary>
    public bool LetsThrough(string rule, NamedExposure exposure) =>
        FirewallRules.Rules(Group).TryGetValue(rule, out var found)
        && exposure.ByAddress.SelectMany(one => one.Parts).Any(part => SecurityRule.Allows(found, part));

    public static readonly FirewallSnapshot AksOwnNetwork = new(
        null,
        [],
        "",
        "AKS manages the network and opens its security group by itself."
    );
    public static readonly FirewallSnapshot NoGroup = new(null, [], "", "No network security group protects the nodes' subnet.");
}
