using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The desired state of one or several exposed ports. The validator fills in the defaults.</summary>
public sealed record ExposureSpec
{
    public GatewayKind Gateway { get; init; } = GatewayKind.External;

    /// <summary>The only port that clients connect to; null with <see cref="Ports"/>.</summary>
    [JsonPropertyName("port")]
    public int? OnlyPort { get; init; }

    /// <summary>
    /// The ports that clients connect to, in the order of the request; null with a single port. The ports of the backends and of the
    /// workload belong to the first one, and the others have the same distance from them (ADR 16).
    /// </summary>
    public IReadOnlyList<PortRange>? Ports { get; init; }

    public ExposureProtocol Protocol { get; init; } = ExposureProtocol.Tcp;

    /// <summary>The server names of TLS, sorted; empty with TCP. Without names, a gateway that ends TLS serves all of them.</summary>
    public IReadOnlyList<string> SniHosts { get; init; } = [];

    /// <summary>Null passes TLS through.</summary>
    public TlsSpec? Tls { get; init; }

    /// <summary>CIDR ranges of clients, sorted; empty allows all clients.</summary>
    public IReadOnlyList<string> AllowedSources { get; init; } = [];

    /// <summary>The idle time after which a connection may be closed; null keeps the defaults of the load balancer and Envoy.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Whether the gateway sees the addresses of clients; null leaves the traffic policy of its Service as it is.</summary>
    public ClientAddress? ClientAddress { get; init; }

    /// <summary>The PROXY protocol by which the gateway tells the backends the address of a client; null: it does not.</summary>
    public ProxyProtocol? ProxyProtocol { get; init; }

    /// <summary>The destinations of connections; their weights sum to 100.</summary>
    public required IReadOnlyList<BackendSpec> Backends { get; init; }

    /// <summary>Null when the backends already exist.</summary>
    public WorkloadSpec? Workload { get; init; }

    /// <summary>
    /// Whether the exposure takes over the listener, the route and the port of others that mean the same (ADR 14). Without any, nothing is
    /// taken over.
    /// </summary>
    public bool Adopt { get; init; }

    /// <summary>The probe that proves reachability.</summary>
    public ProbeSpec Probe { get; init; } = new();

    /// <summary>The only port, or the first one.</summary>
    [JsonIgnore]
    public int Port
    {
        get => OnlyPort ?? Ports?[0].First ?? 0;
        init => OnlyPort = value;
    }

    /// <summary>All ports, in the order of the request.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> AllPorts => Ports is null ? [Port] : [.. Ports.SelectMany(range => range.Ports)];

    /// <summary>The gateway's certificate where the gateway ends TLS; null where it passes TLS or plain TCP through.</summary>
    [JsonIgnore]
    public CertificateSpec? Certificate => Tls is { Mode: not TlsMode.Passthrough } ? Tls.Certificate : null;

    /// <summary>Whether the backend ends TLS.</summary>
    [JsonIgnore]
    public bool PassesTlsThrough => Protocol == ExposureProtocol.Tls && Certificate is null;

    /// <summary>The hosts of the exposure in Istio's objects.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Hosts => SniHosts.Count > 0 ? SniHosts : ["*"];

    /// <summary>Whether the exposure has one of the ports.</summary>
    public bool HasPort(int port) => Ports is null ? port == Port : Ports.Any(range => range.Holds(port));

    /// <summary>Whether both exposures have one of the ports.</summary>
    public bool SharesPort(ExposureSpec other) =>
        Ports is null ? other.HasPort(Port)
        : other.Ports is null ? HasPort(other.Port)
        : Ports.Any(mine => other.Ports.Any(mine.Overlaps));

    /// <summary>The field of the spec that has the port (RFC 6901).</summary>
    public string PointerOf(int port) =>
        Ports is null ? "/port" : $"/ports/{Ports.Index().FirstOrDefault(range => range.Item.Holds(port)).Index}";

    /// <summary>The exposure with some of its ports. Each keeps its ports of the backends.</summary>
    public ExposureSpec Only(IReadOnlyCollection<int> ports)
    {
        var first = ports.Min();
        return this with
        {
            OnlyPort = ports.Count == 1 ? first : null,
            Ports = ports.Count == 1 ? null : PortRange.Of(ports),
            Backends = first == Port ? Backends : [.. Backends.Select(backend => backend with { Port = backend.Port + first - Port })],
        };
    }

    /// <summary>For people: <c>port 9000</c>, or <c>ports 21, 30000-30100</c>.</summary>
    /// <param name="isFirst">Whether it begins a sentence.</param>
    public string TellPorts(bool isFirst = false) =>
        $"{(isFirst ? "P" : "p")}ort{(AllPorts.Count == 1 ? "" : "s")} {PortRange.Tell(AllPorts)}";
}

/// <param name="Service">A Service of the cluster, or, with dots, the host name of a server outside it.</param>
/// <param name="Port">The port for connections to the only or first port of the exposure.</param>
public sealed record BackendSpec(string Service, string Namespace, int Port, int Weight)
{
    /// <summary>Whether the backend is a server outside the cluster.</summary>
    [JsonIgnore]
    public bool IsHost => HostName.IsHost(Service);

    /// <summary>The full name: Istio resolves a short name in the namespace of the object that contains it.</summary>
    [JsonIgnore]
    public string Host => IsHost ? Service : $"{Service}.{Namespace}.svc.cluster.local";
}

[JsonConverter(typeof(JsonStringEnumConverter<ExposureProtocol>))]
public enum ExposureProtocol
{
    [JsonStringEnumMemberName("TCP")]
    Tcp,

    /// <summary>TLS, which the backend of the requested server name ends, or the gateway (<see cref="TlsSpec"/>).</summary>
    [JsonStringEnumMemberName("TLS")]
    Tls,
}

[JsonConverter(typeof(JsonStringEnumConverter<ClientAddress>))]
public enum ClientAddress
{
    /// <summary>
    /// Nodes pass connections on only to their own pods and do not replace the client's address (Kubernetes, externalTrafficPolicy Local).
    /// </summary>
    [JsonStringEnumMemberName("preserve")]
    Preserve,
}

/// <summary>The version of the header that begins a connection (HAProxy, proxy-protocol.txt).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ProxyProtocol>))]
public enum ProxyProtocol
{
    /// <summary>One line of text.</summary>
    [JsonStringEnumMemberName("v1")]
    V1,

    /// <summary>Binary.</summary>
    [JsonStringEnumMemberName("v2")]
    V2,
}

public sealed record ProbeSpec
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    public string? Send { get; init; }

    public string? Expect { get; init; }

    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>
    /// The ports to probe; null probes all. A server may listen on some ports only for a while, such as the passive ports of FTP.
    /// </summary>
    public IReadOnlyList<PortRange>? Ports { get; init; }

    /// <summary>The certificate of the probe as a client of a gateway in mode mutual, from the namespace of the gateway.</summary>
    public CertificateSpec? ClientCertificate { get; init; }
}
