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
    /// <summary>
    /// Reads the group. The subnet itself is read only while its group is not known from the cluster's status, and where a rule of others
    /// may deny the health probes of its nodes.
    /// </summary>
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

        var subnet = new Lazy<Task<JsonObject?>>(() => ReadAsync(NetworkIds.Subnet(cluster, network), cancellationToken));
        var id = SubnetSecurityGroup.Find(status) ?? SubnetSecurityGroup.Of(await subnet.Value);
        if (id.Length == 0 || await ReadAsync(new ResourceIdentifier(id), cancellationToken) is not { } group)
        {
            return FirewallSnapshot.NoGroup;
        }

        var prefix = FirewallPlan.Prefix(await installation.NameAsync(cancellationToken), cluster);
        return new FirewallSnapshot(new ResourceIdentifier(id), group, prefix)
        {
            Nodes =
                HealthProbe.NeedsNodes(FirewallRules.Others(group, prefix)) && await subnet.Value is { } found
                    ? SubnetPrefixes.Of(found)
                    : [],
        };
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
    /// <summary>The prefixes of the nodes' subnet; empty where they were not read.</summary>
    public IReadOnlyList<string> Nodes { get; init; } = [];

    /// <summary>Whether a rule of the group, as it is, lets clients to an exposure.</summary>
    public bool LetsThrough(string rule, NamedExposure exposure) =>
        FirewallRules.Rules(Group).TryGetValue(rule, out var found)
        && exposure.ByAddress.SelectMany(one => one.Parts).Any(part => SecurityRule.Allows(found, part));

    public static readonly FirewallSnapshot AksOwnNetwork = new(
        null,
        [],
        "",
        "The spec names no network, so MeshPort looks at no security group. AKS opens the one that it manages."
    );
    public static readonly FirewallSnapshot NoGroup = new(null, [], "", "No network security group protects the nodes' subnet.");
}
