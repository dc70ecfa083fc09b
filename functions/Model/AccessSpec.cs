using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>Access to the API server of a cluster: networks, and sign-in.</summary>
public sealed record AccessSpec
{
    public bool LocalAccounts { get; init; }

    public IReadOnlyList<string> AdminGroupObjectIds { get; init; } = [];

    /// <summary>
    /// The IPv4 ranges in CIDR form, sorted, from which the API server accepts connections. AKS adds the addresses with which the cluster
    /// leaves its load balancer. Empty: from everywhere. Null: unchanged.
    /// </summary>
    public IReadOnlyList<string>? AuthorizedIpRanges { get; init; }

    /// <summary>Whether the API server has an address in the virtual network only. Null: not for a new cluster, and unchanged.</summary>
    public bool? PrivateCluster { get; init; }

    /// <summary>Null: <see cref="PrivateDnsZone.System"/> for a new private cluster, and unchanged.</summary>
    public PrivateDnsZone? PrivateDnsZone { get; init; }
}

/// <summary>The DNS zone that has the name of a private API server.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PrivateDnsZone>))]
public enum PrivateDnsZone
{
    /// <summary>A private zone that AKS makes and links to the virtual network of the nodes.</summary>
    [JsonStringEnumMemberName("system")]
    System,

    /// <summary>The public DNS has the private address.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}
