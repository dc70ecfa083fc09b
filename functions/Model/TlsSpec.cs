using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The end of the TLS of an exposure with protocol TLS: the gateway or the backend. Without it, the backend.</summary>
public sealed record TlsSpec(TlsMode Mode)
{
    /// <summary>The gateway's certificate; null in mode passthrough.</summary>
    public CertificateSpec? Certificate { get; init; }

    /// <summary>The earliest version of TLS that the gateway accepts; null in mode passthrough.</summary>
    public TlsVersion? MinVersion { get; init; }
}

/// <summary>
/// The certificate of a gateway, or of the probe: a Secret or a certificate in Azure Key Vault, exactly one of them. The Secret is in the
/// namespace of the gateway, as Istio reads it (istio.io, "Secure Gateways"): of type kubernetes.io/tls, or with the keys <c>cert</c> and
/// <c>key</c>. In mode mutual, the authority of clients is its key <c>ca.crt</c> or <c>cacert</c>, or the Secret NAME-cacert.
/// </summary>
public sealed record CertificateSpec(string? Secret)
{
    public KeyVaultCertificate? KeyVault { get; init; }

    /// <summary>The Secret that the gateway loads: the one of the spec, or the copy of the certificate in the vault.</summary>
    [JsonIgnore]
    public string SecretName => KeyVault?.SecretName ?? Secret ?? "";

    /// <summary>The end of the name of the Secret beside it in which Istio looks for the authority of clients first.</summary>
    public const string AuthoritySuffix = "-cacert";
}

[JsonConverter(typeof(JsonStringEnumConverter<TlsMode>))]
public enum TlsMode
{
    /// <summary>The gateway reads the server name only; the backend has the certificate.</summary>
    [JsonStringEnumMemberName("passthrough")]
    Passthrough,

    /// <summary>The gateway has the certificate, and passes plain TCP to the backend.</summary>
    [JsonStringEnumMemberName("terminate")]
    Terminate,

    /// <summary>The same, and clients must have a certificate too.</summary>
    [JsonStringEnumMemberName("mutual")]
    Mutual,
}

[JsonConverter(typeof(JsonStringEnumConverter<TlsVersion>))]
public enum TlsVersion
{
    [JsonStringEnumMemberName("1.2")]
    Tls12,

    [JsonStringEnumMemberName("1.3")]
    Tls13,
}
