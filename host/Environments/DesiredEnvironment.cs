using System.Text.Json;
using System.Xml;
using MeshPort.Model;

namespace MeshPort.Host.Environments;

/// <summary>A document's content: one cluster and its exposures, valid by MeshPort's own rules.</summary>
/// <param name="Source">The document, for the positions of errors that only the server finds.</param>
internal sealed record DesiredEnvironment(
    ClusterId Cluster,
    JsonElement ClusterSpec,
    IReadOnlyList<DesiredExposure> Exposures,
    YamlDocument Source
)
{
    /// <summary>The cluster's path in MeshPort's API.</summary>
    public string Path => Cluster.Path;

    /// <summary>The cluster's ARM id.</summary>
    public string ArmId =>
        $"/subscriptions/{Cluster.SubscriptionId}/resourceGroups/{Cluster.ResourceGroup}"
        + $"/providers/Microsoft.ContainerService/managedClusters/{Cluster.Name}";

    public InputProblem Problem(string pointer, string detail) => new(Source.File, Source.Find(pointer), FieldPath.From(pointer), detail);
}

/// <param name="Pointer">Its place in the document: <c>/exposures/0</c>.</param>
internal sealed record DesiredExposure(string Name, JsonElement Spec, string Pointer = "")
{
    /// <summary>Its port, or its ports and ranges of ports.</summary>
    public IReadOnlyList<PortRange> Ports => PortsOf(Spec, "port") is { Count: > 0 } only ? only : PortsOf(Spec, "ports");

    /// <summary>For people: <c>9000</c>, or <c>21,30000-30100</c>.</summary>
    public string PortText => string.Join(',', Ports);

    /// <summary>The first port that the probe proves.</summary>
    public int ProbedPort => (Probe is { } probe && PortsOf(probe, "ports") is { Count: > 0 } probed ? probed : Ports)[0].First;

    public string Path(ClusterId cluster) => $"{cluster.Path}/exposures/{Name}";

    public string Gateway => Text(Spec, "gateway") ?? "external";

    public bool IsTls => string.Equals(Text(Spec, "protocol"), "TLS", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the backend ends TLS, not the gateway.</summary>
    public bool PassesTlsThrough => IsTls && TlsMode is null or "passthrough";

    /// <summary>The Secret with the certificate of the gateway. Null where the gateway has none.</summary>
    public string? CertificateSecret => Certificate is { } certificate ? Text(certificate, "secret") : null;

    /// <summary>The key vault and the certificate in it for the gateway. Null where the gateway has none.</summary>
    public (string Vault, string Certificate)? VaultCertificate =>
        Certificate is { } certificate
        && Child(certificate, "keyVault") is { } keyVault
        && (Text(keyVault, "vault"), Text(keyVault, "certificate")) is ({ } vault, { } name)
            ? (vault, name)
            : null;

    /// <summary>Whether the gateway serves only clients with a certificate.</summary>
    public bool IsMutual => TlsMode == "mutual";

    public IReadOnlyList<string> SniHosts => [.. Items("sniHosts").Select(host => host.GetString() ?? "")];

    /// <summary>The ranges of clients. Empty allows all clients.</summary>
    public IReadOnlyList<string> AllowedSources => [.. Items("allowedSources").Select(range => range.GetString() ?? "")];

    /// <summary>The destinations of connections: <c>shop/redis:6379</c>.</summary>
    public IReadOnlyList<string> Backends =>
        [
            .. Items("backends")
                .Select(backend =>
                    $"{Text(backend, "namespace") ?? "default"}/{Text(backend, "service")}:"
                    + (backend.TryGetProperty("port", out var port) ? $"{port}" : $"{Ports.FirstOrDefault()?.First}")
                ),
        ];

    /// <summary>Whether both lead from the same gateway to the same backends.</summary>
    public bool HasTargetOf(DesiredExposure other) => HasGatewayOf(other) && Backends.SequenceEqual(other.Backends);

    /// <summary>Whether both want one port of a gateway. Server names of TLS can share a port.</summary>
    public bool SharesPort(DesiredExposure other) =>
        HasGatewayOf(other) && !(IsTls && other.IsTls) && Ports.Any(mine => other.Ports.Any(mine.Overlaps));

    /// <summary>The text to send after connecting. Null sends nothing.</summary>
    public string? Send => Probe is { } probe ? Text(probe, "send") : null;

    /// <summary>The text that the answer must contain. Null requires only a connection.</summary>
    public string? Expect => Probe is { } probe ? Text(probe, "expect") : null;

    /// <summary>How long to wait for the connection and the expected answer.</summary>
    public TimeSpan ProbeTimeout =>
        Probe is { } probe && Text(probe, "timeout") is { } text ? XmlConvert.ToTimeSpan(text) : ProbeSpec.DefaultTimeout;

    private bool HasGatewayOf(DesiredExposure other) => string.Equals(Gateway, other.Gateway, StringComparison.OrdinalIgnoreCase);

    private string? TlsMode => Child(Spec, "tls") is { } tls ? Text(tls, "mode") ?? "terminate" : null;

    private static IReadOnlyList<PortRange> PortsOf(JsonElement spec, string name) =>
        !spec.TryGetProperty(name, out var value) ? []
        : value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => PortRange.Parse($"{item}")).OfType<PortRange>()]
        : PortRange.Parse($"{value}") is { } only ? [only]
        : [];

    private IEnumerable<JsonElement> Items(string name) =>
        Spec.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    private JsonElement? Certificate => Child(Spec, "tls") is { } tls ? Child(tls, "certificate") : null;

    private JsonElement? Probe => Child(Spec, "probe");

    private static JsonElement? Child(JsonElement element, string name) =>
        element.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.Object ? child : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
