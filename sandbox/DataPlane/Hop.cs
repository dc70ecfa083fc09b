namespace MeshPort.Sandbox.DataPlane;

internal enum HopKind
{
    /// <summary>Nothing listens: the connection is not even accepted.</summary>
    Refused,

    /// <summary>Something listens and cannot go on: the connection is accepted and then reset.</summary>
    Reset,

    /// <summary>The connection reaches a container.</summary>
    Workload,

    /// <summary>The connection leaves the cluster for a host that a ServiceEntry makes known.</summary>
    Outside,

    /// <summary>The gateway's own status port.</summary>
    GatewayStatus,

    /// <summary>A TLS passthrough listener: where it goes depends on the name in the client's hello.</summary>
    NeedsServerName,
}

/// <summary>Where a connection ends up.</summary>
/// <param name="Why">For a person: which layer decided.</param>
internal sealed record Hop(HopKind Kind, string Why, string Image = "", IReadOnlyList<string>? Arguments = null, long Port = 0)
{
    /// <summary>The uid of the pod that the connection reaches.</summary>
    public string Pod { get; init; } = "";

    /// <summary>The first idle timeout on the way; the load balancer always has one.</summary>
    public IdleRule Idle { get; init; } = IdleRule.OfLoadBalancer;

    /// <summary>The name of a host outside the cluster.</summary>
    public string Host { get; init; } = "";

    /// <summary>What counts against a DestinationRule's maxConnections.</summary>
    public ConnectionLimit? Limit { get; init; }

    public static Hop Refused(string why) => new(HopKind.Refused, why);

    public static Hop Reset(string why) => new(HopKind.Reset, why);
}

internal enum IdleEnd
{
    /// <summary>Both ends get a TCP reset.</summary>
    Reset,

    /// <summary>The flow is forgotten and nobody is told.</summary>
    Silence,

    /// <summary>Closed in order, as Envoy does.</summary>
    Close,
}

/// <summary>How long a connection may be idle, in simulated time, and what happens then.</summary>
internal sealed record IdleRule(TimeSpan After, IdleEnd End)
{
    /// <summary>Azure's load balancer: 4 minutes, with TCP reset as AKS sets it (domain facts, section 6).</summary>
    public static readonly IdleRule OfLoadBalancer = new(TimeSpan.FromMinutes(4), IdleEnd.Reset);

    public IdleRule Or(IdleRule? other) => other is not null && other.After < After ? other : this;
}

/// <summary>Connections that one gateway pod may have to one destination at a time.</summary>
internal sealed record ConnectionLimit(string Destination, long Most);
