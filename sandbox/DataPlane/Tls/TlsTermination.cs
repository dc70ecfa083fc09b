using System.Security.Authentication;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.DataPlane.Tls;

/// <summary>How a gateway ends the TLS of a connection.</summary>
/// <param name="Credential">Its own certificate, and the authority of clients in mode MUTUAL.</param>
/// <param name="Versions">The versions of TLS that it accepts.</param>
internal sealed record TlsTermination(TlsCredential Credential, SslProtocols Versions)
{
    /// <summary>
    /// Reads the settings of a server, and its Secret in the namespace of the gateway's pods. Without a usable Secret, Envoy opens the
    /// listener after 15 s and resets its connections (istio: SDSAdsConfig; Envoy, "Secret discovery service").
    /// </summary>
    /// <param name="tls">The field <c>tls</c> of the server.</param>
    /// <returns>The termination, or the reason why all connections are reset.</returns>
    public static (TlsTermination? Termination, string Why) Of(JsonNode? tls, string home, ObjectStore store)
    {
        var (mode, name) = (tls.Text("mode"), tls.Text("credentialName") ?? "");
        if (mode is not ("SIMPLE" or "MUTUAL") || name.Length == 0)
        {
            return (null, $"the sandbox serves credentialName with the modes SIMPLE and MUTUAL only, not {mode}");
        }

        var (credential, why) = TlsCredential.Read(store, home, name, needsAuthority: mode == "MUTUAL");
        return credential is null ? (null, why) : (new TlsTermination(credential, VersionsFrom(tls.Text("minProtocolVersion"))), "");
    }

    /// <summary>Envoy's default for servers is TLS 1.2 and 1.3. The sandbox has no earlier versions.</summary>
    private static SslProtocols VersionsFrom(string? least) =>
        least == "TLSV1_3" ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;
}
