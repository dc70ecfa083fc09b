using MeshPort.Sandbox.DataPlane.Tls;

namespace MeshPort.Sandbox.DataPlane;

internal enum HopKind
{
    /// <summary>Nothing listens; the connection is refused.</summary>
    Refused,

    /// <summary>A listener accepts the connection and then resets it because it has no backend.</summary>
    Reset,

    /// <summary>The connection reaches a container.</summary>
    Workload,

    /// <summary>A NetworkPolicy drops the gateway's packets. The gateway gives up after its connect timeout and resets.</summary>
    Dropped,

    /// <summary>The connection leaves the cluster for a host of a ServiceEntry.</summary>
    Outside,

    /// <summary>The gateway's own status port.</summary>
    GatewayStatus,

    /// <summary>A TLS listener. The route depends on the server name in the client hello.</summary>
    NeedsServerName,
}

/// <summary>The destination of a connection.</summary>
/// <param name="Why">Names the deciding layer, for a person.</param>
internal sealed record Hop(HopKind Kind, string Why, string Image = "", IReadOnlyList<string>? Arguments = null, long Port = 0)
{
    /// <summary>The uid of the pod that the connection reaches.</summary>
    public string Pod { get; init; } = "";

    /// <summary>The shortest idle timeout on the path. The load balancer always has one.</summary>
    public IdleRule Idle { get; init; } = IdleRule.OfLoadBalancer;

    /// <summary>How long the gateway tries to connect to the backend.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The name of a host outside the cluster.</summary>
    public string Host { get; init; } = "";

    /// <summary>The version of the PROXY protocol that the gateway speaks to the destination: V1 or V2; null for none.</summary>
    public string? ProxyVersion { get; init; }

    /// <summary>What the gateway sends first; null for nothing.</summary>
    public ProxyHeader? Proxy { get; init; }

    /// <summary>Set when the gateway ends the TLS of the connection itself.</summary>
    public TlsTermination? Tls { get; init; }

    /// <summary>Counts against a DestinationRule's maxConnections.</summary>
    public ConnectionLimit? Limit { get; init; }

    public static Hop Refused(string why) => new(HopKind.Refused, why);

    public static Hop Reset(string why) => new(HopKind.Reset, why);
}

internal enum IdleEnd
{
    /// <summary>Both ends get a TCP reset.</summary>
    Reset,

    /// <summary>The flow is dropped without notice to either end.</summary>
    Silence,

    /// <summary>Orderly close, as Envoy does.</summary>
    Close,
}

/// <summary>The longest idle time of a connection, simulated, and what happens after it.</summary>
internal sealed record IdleRule(TimeSpan After, IdleEnd End)
{
    /// <summary>Azure's load balancer: 4 minutes, then a TCP reset, as AKS configures it (domain facts, section 6).</summary>
    public static readonly IdleRule OfLoadBalancer = new(TimeSpan.FromMinutes(4), IdleEnd.Reset);

    /// <summary>The kubelet's streamingConnectionIdleTimeout.</summary>
    public static readonly IdleRule OfKubelet = new(TimeSpan.FromHours(4), IdleEnd.Close);

    public IdleRule Or(IdleRule? other) => other is not null && other.After < After ? other : this;
}

/// <summary>The number of connections that one gateway pod may have to one destination at a time.</summary>
internal sealed record ConnectionLimit(string Destination, long Most);
