using System.Text.Json.Serialization;
using MeshPort.Validation;

namespace MeshPort.Model;

/// <summary>What should be true of one exposed port. Made by <see cref="ExposureValidator"/>, which fills in the defaults.</summary>
public sealed record ExposureSpec
{
    public GatewayKind Gateway { get; init; } = GatewayKind.External;

    /// <summary>The port that clients dial.</summary>
    public required int Port { get; init; }

    public ExposureProtocol Protocol { get; init; } = ExposureProtocol.Tcp;

    /// <summary>The TLS server names, sorted, whose connections are passed through; empty with TCP.</summary>
    public IReadOnlyList<string> SniHosts { get; init; } = [];

    /// <summary>CIDR ranges, sorted; empty lets everybody in.</summary>
    public IReadOnlyList<string> AllowedSources { get; init; } = [];

    /// <summary>After how long without a byte a connection may be cut; null leaves the load balancer's and Envoy's own.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Where connections go; weights sum to 100.</summary>
    public required IReadOnlyList<BackendSpec> Backends { get; init; }

    /// <summary>Null when the backends exist already.</summary>
    public WorkloadSpec? Workload { get; init; }

    /// <summary>Null means that a connection which stays open is proof enough.</summary>
    public ProbeSpec Probe { get; init; } = new();
}

/// <param name="Service">A Service of the cluster; with dots in it, the host name of a server elsewhere.</param>
public sealed record BackendSpec(string Service, string Namespace, int Port, int Weight)
{
    /// <summary>Whether it is a server outside the cluster.</summary>
    [JsonIgnore]
    public bool IsHost => HostName.IsHost(Service);

    /// <summary>In full: a short name would resolve in the namespace of the object that has it.</summary>
    [JsonIgnore]
    public string Host => IsHost ? Service : $"{Service}.{Namespace}.svc.cluster.local";
}

[JsonConverter(typeof(JsonStringEnumConverter<ExposureProtocol>))]
public enum ExposureProtocol
{
    [JsonStringEnumMemberName("TCP")]
    Tcp,

    /// <summary>Passed through to the backend by the server name that the client asks for; MeshPort sees no certificate.</summary>
    [JsonStringEnumMemberName("TLS")]
    Tls,
}

/// <summary>A Deployment and a ClusterIP Service that MeshPort makes: named after the first backend, in its namespace.</summary>
public sealed record WorkloadSpec(string Image, IReadOnlyList<string> Args, int ContainerPort, int Replicas);

public sealed record ProbeSpec
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    public string? Send { get; init; }

    public string? Expect { get; init; }

    public TimeSpan Timeout { get; init; } = DefaultTimeout;
}
