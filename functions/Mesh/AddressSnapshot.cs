using System.Text.Json.Nodes;
using Azure.Core;
using Azure.ResourceManager;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Mesh;

/// <summary>
/// The Azure resources behind the addresses of a spec. Only what the plan needs is read, and nothing without such addresses.
/// </summary>
internal sealed record AddressSnapshot
{
    public static readonly AddressSnapshot Empty = new();

    /// <summary>Of the external gateway; null when it does not exist.</summary>
    public JsonObject? PublicIp { get; init; }

    /// <summary>The IPv6 address of the external gateway; null when it does not exist.</summary>
    public JsonObject? PublicIpv6 { get; init; }

    /// <summary>Whether the resource group of the public IP address exists.</summary>
    public bool HasGroup { get; init; }

    /// <summary>Whether the subnet of the internal gateway exists.</summary>
    public bool HasSubnet { get; init; }

    /// <summary>The resource group of the nodes; null while the cluster does not exist.</summary>
    public string? NodeGroup { get; init; }

    /// <summary>The cluster's identity; null while the cluster does not exist, and for a service principal.</summary>
    public Guid? Principal { get; init; }

    /// <summary>By ARM id of a resource group or subnet, whether the cluster's identity has its role there.</summary>
    public IReadOnlyDictionary<string, RoleState> Roles { get; init; } = new Dictionary<string, RoleState>();

    /// <summary>By ARM id, the public IP addresses that MeshPort has made and the spec does not name; null for one that is gone.</summary>
    public IReadOnlyDictionary<string, JsonObject?> Unwanted { get; init; } = new Dictionary<string, JsonObject?>();

    /// <param name="made">The marks in the cluster's status of what MeshPort made.</param>
    /// <exception cref="Azure.RequestFailedException">ARM refused or could not be reached.</exception>
    public static async Task<AddressSnapshot> ObserveAsync(
        ArmClient arm,
        ClusterId cluster,
        ClusterSpec spec,
        IReadOnlyList<string> made,
        CancellationToken cancellationToken
    )
    {
        var unwanted = new Dictionary<string, JsonObject?>(StringComparer.OrdinalIgnoreCase);
        foreach (var id in AddressPlan.UnwantedIps(cluster, spec, made))
        {
            unwanted[id] = await ReadAsync(new ResourceIdentifier(id));
        }

        if (spec.GatewayAddresses == GatewayAddressesSpec.None)
        {
            return Empty with { Unwanted = unwanted };
        }

        var publicIp = spec.GatewayAddresses.External is { } external ? await ReadAsync(PublicIps.IdOf(cluster, external)) : null;
        var publicIpv6 = spec.GatewayAddresses.External?.OfIpv6 is { } second ? await ReadAsync(PublicIps.IdOf(cluster, second)) : null;
        var subnet = AddressPlan.SubnetOf(cluster, spec);
        var managed = await ManagedClusterResource.Of(arm, cluster).GetIfExistsAsync(cancellationToken);
        var principal = managed is null ? null : NetworkRole.PrincipalOf(managed);
        var hasGroup = publicIp is not null || await HasGroupAsync();
        var hasSubnet = subnet is null || await ReadAsync(subnet) is not null;
        var roles = new Dictionary<string, RoleState>(StringComparer.OrdinalIgnoreCase);
        if (principal is { } identity)
        {
            foreach (var scope in AddressPlan.Scopes(cluster, spec).Where(scope => scope.Equals(subnet) ? hasSubnet : hasGroup))
            {
                roles[scope.ToString()] = await new RoleAssignments(arm, scope).FindAsync(identity, cancellationToken);
            }
        }

        return new AddressSnapshot
        {
            PublicIp = publicIp,
            PublicIpv6 = publicIpv6,
            HasGroup = hasGroup,
            HasSubnet = hasSubnet,
            NodeGroup = managed?["properties"]?["nodeResourceGroup"]?.GetValue<string>(),
            Principal = principal,
            Roles = roles,
            Unwanted = unwanted,
        };

        Task<JsonObject?> ReadAsync(ResourceIdentifier id) =>
            new ArmJsonResource(arm, id, ApiVersions.Network).GetIfExistsAsync(cancellationToken);

        async Task<bool> HasGroupAsync() =>
            spec.GatewayAddresses.External is { } named
            && await new ResourceGroup(arm, cluster with { ResourceGroup = named.ResourceGroup ?? cluster.ResourceGroup }).GetIfExistsAsync(
                cancellationToken
            )
                is not null;
    }
}
