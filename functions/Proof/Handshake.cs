using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>The TLS handshake of a probe, and what it has shown before it ended, or failed.</summary>
internal sealed class Handshake(string endpoint, ProbeTls tls)
{
    private const string AsksNotAtAll = "serves clients without a certificate, although tls.mode is mutual";
    private const string AsksAnyway = "asks for a client certificate, although tls.mode is terminate";
    private const string NotTakenUp = "The gateway has not taken up the change yet, or another Gateway serves that name.";
    private bool _wantsCertificate;
    private bool _isDone;
    private string? _other;

    /// <summary>Whether the backend has sent its own certificate and asked for one of the client.</summary>
    public bool LacksCertificate => _wantsCertificate && tls.Expected is null;

    /// <exception cref="AuthenticationException">The handshake failed.</exception>
    /// <exception cref="IOException">The connection ended.</exception>
    public async Task<Stream> SecureAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var secured = new SslStream(stream, leaveInnerStreamOpen: false, (_, theirs, _, _) => Accept(theirs));
        try
        {
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = tls.ServerName,
                LocalCertificateSelectionCallback = (_, _, _, theirs, _) => Select(theirs),
                // Nothing depends on the chain, and the certificate of a server must not choose where MeshPort connects to.
                CertificateChainPolicy = new X509ChainPolicy
                {
                    DisableCertificateDownloads = true,
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            };
            await secured.AuthenticateAsClientAsync(options, cancellationToken);
            _isDone = true;
            return secured;
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    }

    /// <summary>Why the handshake proves nothing although it has ended; null where it has no error.</summary>
    public Observation? FindError() =>
        tls.Expected is null || tls.IsMutual == _wantsCertificate
            ? null
            : Failed($"{endpoint} {(tls.IsMutual ? AsksNotAtAll : AsksAnyway)}. {NotTakenUp}");

    /// <summary>
    /// Whether the gateway, not the backend, has ended the connection. With TLS 1.3, it refuses a client's certificate by an alert after
    /// the client's part of the handshake.
    /// </summary>
    public bool Explains(IOException exception) =>
        tls.Expected is not null && (!_isDone || (tls.IsMutual && exception.InnerException is not SocketException));

    /// <summary>The result of a handshake that failed, or of a TLS connection that ended before any data.</summary>
    /// <param name="why">The words of the system.</param>
    public Observation Fail(string why) =>
        _other is { } other ? Failed($"{endpoint} shows another certificate than that of Secret {tls.Secret}: {other}. {NotTakenUp}")
        : tls.Expected is null
            ? Failed(
                $"{endpoint} accepts the connection, but TLS for {tls.ServerName} fails ({why}). "
                    + "The backend does not speak TLS, or does not serve that name. Check the backend, or correct sniHosts."
            )
        : _wantsCertificate && !tls.IsMutual ? Failed($"{endpoint} {AsksAnyway} ({why}). {NotTakenUp}")
        : _wantsCertificate
            ? Failed($"{endpoint} ends the connection after the gateway has asked for a client certificate ({why}): {ClientAdvice}")
        : Failed(
            $"{endpoint} accepts the connection, but the gateway does not finish TLS for {tls.ServerName} ({why}). "
                + $"It has not loaded Secret {tls.Secret} yet, or does not reach the backend. "
                + "Check the logs of istiod and the backend's pods."
        );

    /// <summary>
    /// Completes the result of a connection that ended after the handshake. A gateway may refuse the client's certificate only then, and
    /// not every server says so.
    /// </summary>
    public Observation? Complete(Observation? observation, ProbeSpec probe) =>
        observation is not { Reason: Reasons.ConnectionReset } ? observation
        : LacksCertificate ? WantsCertificate(probe)
        : tls.IsMutual ? observation with { Message = $"{observation.Message} Or the gateway refuses the probe: {ClientAdvice}" }
        : observation;

    private string ClientAdvice =>
        $"the authority of the client certificate in Secret {tls.ClientSecret} must be in the key ca.crt of Secret {tls.Secret}, "
        + $"or in Secret {tls.Secret}{CertificateSpec.AuthoritySuffix}.";

    /// <summary>The result where the backend asks for a certificate: the handshake itself proves the backend.</summary>
    public Observation WantsCertificate(ProbeSpec probe) =>
        probe.Expect is null
            ? Observation.True(Reasons.Connected, $"{endpoint} answers with TLS for {tls.ServerName} and asks for a client certificate.")
            : Failed(
                $"{endpoint} answers with TLS for {tls.ServerName} and asks for a client certificate, which MeshPort does not have. "
                    + "Remove probe.expect: the handshake itself proves the backend."
            );

    private static Observation Failed(string message) => Observation.False(Reasons.TlsFailed, message);

    private bool Accept(X509Certificate? theirs)
    {
        if (tls.Expected is not { } expected || theirs?.GetRawCertData().AsSpan().SequenceEqual(expected.Der.Span) == true)
        {
            return true;
        }

        _other = theirs?.Subject ?? "none";
        return false;
    }

    /// <summary>
    /// Selects the probe's certificate when the server asks for one. The first call comes before the handshake, without the certificate of
    /// the server; a certificate that it returned would hide whether the server asks.
    /// </summary>
    private X509Certificate Select(X509Certificate? theirs)
    {
        _wantsCertificate |= theirs is not null;
        return (theirs is null ? null : tls.Identity)!; // the callback's documented answer for none is null
    }
}
