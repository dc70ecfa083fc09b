using MeshPort.Clusters;

namespace MeshPort.Exposures;

/// <summary>What should be true of one exposed port. Made by <see cref="ExposureValidator"/>, which fills in the defaults.</summary>
public sealed record ExposureSpec
{
    public GatewayKind Gateway { get; init; } = GatewayKind.External;

    /// <summary>The port that clients dial.</summary>
    public required int Port { get; init; }

    /// <summary>Where connections go; weights sum to 100.</summary>
    public required IReadOnlyList<BackendSpec> Backends { get; init; }

    /// <summary>Null when the backends exist already.</summary>
    public WorkloadSpec? Workload { get; init; }

    /// <summary>Null means that a connection which stays open is proof enough.</summary>
    public ProbeSpec Probe { get; init; } = new();
}

public sealed record BackendSpec(string Service, string Namespace, int Port, int Weight);

/// <summary>A Deployment and a ClusterIP Service that MeshPort makes: named after the first backend, in its namespace.</summary>
public sealed record WorkloadSpec(string Image, IReadOnlyList<string> Args, int ContainerPort, int Replicas);

public sealed record ProbeSpec
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    public string? Send { get; init; }

    public string? Expect { get; init; }

    public TimeSpan Timeout { get; init; } = DefaultTimeout;
}
