using System.Globalization;
using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>
/// A Deployment and a ClusterIP Service that MeshPort creates, with the name and namespace of the first backend. Its fields have the names
/// and meanings of a container and a pod in Kubernetes (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/).
/// </summary>
public sealed record WorkloadSpec
{
    public required string Image { get; init; }

    /// <summary>Replaces the entry point of the image; empty keeps it.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>
    /// The port behind the port of the first backend. With several ports, the others have the same distance from it as those of the
    /// exposure.
    /// </summary>
    public required int ContainerPort { get; init; }

    /// <summary>Further ports of the Service, such as one for metrics, or one of another exposure.</summary>
    public IReadOnlyList<WorkloadPort> AdditionalPorts { get; init; } = [];

    public int Replicas { get; init; } = 1;

    public IReadOnlyList<EnvironmentVariable> Env { get; init; } = [];

    public ResourceRequirements? Resources { get; init; }

    public ContainerProbe? StartupProbe { get; init; }

    public ContainerProbe? ReadinessProbe { get; init; }

    public ContainerProbe? LivenessProbe { get; init; }

    public IReadOnlyList<SecretName> ImagePullSecrets { get; init; } = [];

    /// <summary>The labels that a node must have.</summary>
    public IReadOnlyDictionary<string, string> NodeSelector { get; init; } = new Dictionary<string, string>();

    public WorkloadSecurity SecurityContext { get; init; } = WorkloadSecurity.Default;

    /// <summary>All ports on which the container listens, without duplicates.</summary>
    [JsonIgnore]
    public IEnumerable<int> ContainerPorts => AdditionalPorts.Select(port => port.ContainerPort).Prepend(ContainerPort).Distinct();
}

/// <param name="Port">The port of the Service.</param>
public sealed record WorkloadPort(string Name, int Port, int ContainerPort)
{
    /// <summary>The name of the port of the first backend.</summary>
    public const string FirstName = "tcp";

    /// <summary>The ports behind those of the exposure, for an exposure with a workload.</summary>
    public static IEnumerable<WorkloadPort> OfPorts(ExposureSpec exposure) =>
        exposure is { Workload.ContainerPort: var container, Backends: [var backend, ..] }
            ? exposure
                .AllPorts.Select(port => (Port: port, Distance: port - exposure.Port))
                .Select(one => new WorkloadPort(
                    one.Distance == 0
                        ? FirstName
                        : string.Create(CultureInfo.InvariantCulture, $"{FirstName}-{backend.Port + one.Distance}"),
                    backend.Port + one.Distance,
                    container + one.Distance
                ))
            : [];
}

/// <summary>A value, or the source of one.</summary>
/// <param name="Value">Null when <paramref name="ValueFrom"/> is set.</param>
public sealed record EnvironmentVariable(string Name, string? Value, ValueSource? ValueFrom);

/// <summary>Exactly one is set.</summary>
public sealed record ValueSource(KeyReference? SecretKeyRef, KeyReference? ConfigMapKeyRef);

/// <summary>A key of a Secret or ConfigMap in the namespace of the workload. MeshPort never reads its value.</summary>
/// <param name="Optional">Whether the container starts without it.</param>
public sealed record KeyReference(string Name, string Key, bool Optional);

/// <summary>Amounts by resource: <c>cpu</c>, <c>memory</c> and <c>ephemeral-storage</c>, in Kubernetes' canonical form.</summary>
public sealed record ResourceRequirements(IReadOnlyDictionary<string, string> Requests, IReadOnlyDictionary<string, string> Limits);

/// <summary>A check by the kubelet. Exactly one of the first four is set. Null numbers keep Kubernetes' defaults.</summary>
public sealed record ContainerProbe
{
    public TcpCheck? TcpSocket { get; init; }

    public HttpCheck? HttpGet { get; init; }

    public GrpcCheck? Grpc { get; init; }

    public CommandCheck? Exec { get; init; }

    public int? InitialDelaySeconds { get; init; }

    public int? PeriodSeconds { get; init; }

    public int? TimeoutSeconds { get; init; }

    public int? SuccessThreshold { get; init; }

    public int? FailureThreshold { get; init; }
}

public sealed record TcpCheck(int Port);

public sealed record HttpCheck(string Path, int Port, HttpScheme Scheme);

public sealed record GrpcCheck(int Port, string? Service);

public sealed record CommandCheck(IReadOnlyList<string> Command);

[JsonConverter(typeof(JsonStringEnumConverter<HttpScheme>))]
public enum HttpScheme
{
    [JsonStringEnumMemberName("HTTP")]
    Http,

    [JsonStringEnumMemberName("HTTPS")]
    Https,
}

/// <summary>A Secret of type <c>kubernetes.io/dockerconfigjson</c> in the namespace of the workload.</summary>
public sealed record SecretName(string Name);

/// <summary>The rights of the pods.</summary>
public sealed record WorkloadSecurity
{
    /// <summary>The user of a restricted workload, whatever user its image names: <c>nonroot</c> of the distroless images.</summary>
    public const int NonRootUser = 65532;

    public static readonly WorkloadSecurity Default = new() { RunAsUser = NonRootUser };

    public PodSecurityLevel Level { get; init; } = PodSecurityLevel.Restricted;

    /// <summary>Null keeps the user of the image.</summary>
    public int? RunAsUser { get; init; }

    public int? RunAsGroup { get; init; }

    /// <summary>The group that owns the volumes.</summary>
    public int? FsGroup { get; init; }

    public bool ReadOnlyRootFilesystem { get; init; }
}

/// <summary>A level of the Pod Security Standards (https://kubernetes.io/docs/concepts/security/pod-security-standards/).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PodSecurityLevel>))]
public enum PodSecurityLevel
{
    /// <summary>No root, no capabilities, no privilege escalation, the seccomp profile of the container runtime.</summary>
    [JsonStringEnumMemberName("restricted")]
    Restricted,

    /// <summary>The defaults of the image and of the container runtime.</summary>
    [JsonStringEnumMemberName("baseline")]
    Baseline,
}
