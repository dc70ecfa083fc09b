using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MeshPort.Sandbox.DataPlane.Tls;

/// <summary>
/// The TLS side of a connection that a gateway terminates: the handshake, then plain text to and from the backend. Certificates of clients
/// are checked as Envoy does: chain, times and usage, by simulated time.
/// </summary>
internal static class TlsServer
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const int Part = 16 * 1024;

    /// <param name="seen">Bytes already read from the client.</param>
    /// <param name="now">Simulated time.</param>
    /// <exception cref="AuthenticationException">The handshake failed; the client got an alert.</exception>
    /// <exception cref="IOException">The client closed the connection.</exception>
    public static async Task<SslStream> HandshakeAsync(
        Socket client,
        ReadOnlyMemory<byte> seen,
        TlsTermination termination,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var credential = termination.Credential;
        var stream = new SslStream(new SeenStream(new NetworkStream(client), seen), leaveInnerStreamOpen: false);
        try
        {
            var options = new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(
                    credential.Certificate,
                    credential.Intermediates,
                    offline: true
                ),
                EnabledSslProtocols = termination.Versions,
                ClientCertificateRequired = credential.Authority is not null,
                RemoteCertificateValidationCallback = (_, theirs, _, _) =>
                    credential.Authority is not { } authority || (theirs is X509Certificate2 shown && IsTrusted(shown, authority, now)),
            };
            await stream.AuthenticateAsServerAsync(options, cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Copies plain text both ways until both sides have finished. A side that breaks ends the other.</summary>
    public static async Task RelayAsync(SslStream outer, Socket inner, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(EndingAsync(InAsync(outer, inner, end.Token)), EndingAsync(OutAsync(inner, outer, end.Token)));

        async Task EndingAsync(Task copying)
        {
            try
            {
                await copying;
            }
            catch
            {
                await end.CancelAsync();
                throw;
            }
        }
    }

    private static async Task InAsync(SslStream from, Socket to, CancellationToken cancellationToken)
    {
        var buffer = new byte[Part];
        while (await from.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            for (var rest = buffer.AsMemory(0, count); !rest.IsEmpty; )
            {
                rest = rest[await to.SendAsync(rest, cancellationToken)..];
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }

    private static async Task OutAsync(Socket from, SslStream to, CancellationToken cancellationToken)
    {
        var buffer = new byte[Part];
        while (await from.ReceiveAsync(buffer, cancellationToken) is var count and > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }

        await to.ShutdownAsync();
    }

    private static bool IsTrusted(X509Certificate2 shown, X509Certificate2Collection authority, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return chain.Build(shown);
    }
}
