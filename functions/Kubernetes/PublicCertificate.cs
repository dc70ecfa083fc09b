using System.Security.Cryptography.X509Certificates;

namespace MeshPort.Kubernetes;

/// <summary>The public part of a certificate.</summary>
/// <param name="Names">Its DNS names. Clients ignore the common name (RFC 9525).</param>
/// <param name="Der">The certificate as a server shows it.</param>
internal sealed record PublicCertificate(
    IReadOnlyList<string> Names,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    ReadOnlyMemory<byte> Der
)
{
    private const string Wildcard = "*.";

    /// <summary>Whether it is for IP addresses too.</summary>
    public bool HasAddresses { get; init; }

    public static PublicCertificate Of(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().ToList();
        return new PublicCertificate(
            [.. names.SelectMany(some => some.EnumerateDnsNames()).Order(StringComparer.OrdinalIgnoreCase)],
            certificate.NotBefore.ToUniversalTime(),
            certificate.NotAfter.ToUniversalTime(),
            certificate.RawData
        )
        {
            HasAddresses = names.Exists(some => some.EnumerateIPAddresses().Any()),
        };
    }

    /// <summary>Whether clients accept the certificate for a server name. A wildcard stands for one label (RFC 9525).</summary>
    /// <param name="host">A name, or a wildcard, which the same wildcard covers.</param>
    public bool Covers(string host) =>
        Names.Any(name =>
            name.Equals(host, StringComparison.OrdinalIgnoreCase)
            || (
                name.StartsWith(Wildcard, StringComparison.Ordinal)
                && host.IndexOf('.', StringComparison.Ordinal) is var dot and > 0
                && name.AsSpan(1).Equals(host.AsSpan(dot), StringComparison.OrdinalIgnoreCase)
            )
        );
}
