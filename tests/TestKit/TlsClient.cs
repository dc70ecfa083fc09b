using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MeshPort.TestKit;

/// <summary>A client of a TLS port. It accepts any certificate, and tells which one it got.</summary>
public static class TlsClient
{
    public const string Refused = "refused";

    /// <summary>Sends a line and reads one.</summary>
    /// <param name="serverName">Empty sends no server name.</param>
    /// <returns>
    /// <c>NAME: ANSWER</c>, with the name in the server's certificate; <see cref="Refused"/> when the handshake or the connection fails.
    /// </returns>
    public static async Task<string> AskAsync(
        string address,
        int port,
        string serverName,
        CancellationToken cancellationToken,
        TestCertificate? identity = null,
        SslProtocols versions = SslProtocols.None
    )
    {
        using var client = new TcpClient();
        using var certificate = identity?.Load();
        try
        {
            await client.ConnectAsync(IPAddress.Parse(address), port, cancellationToken);
            await using var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = serverName,
                EnabledSslProtocols = versions,
                ClientCertificates = certificate is null ? null : new X509Certificate2Collection(certificate),
            };
            await stream.AuthenticateAsClientAsync(options, cancellationToken);
            await stream.WriteAsync("hello\n"u8.ToArray(), cancellationToken);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var answer = await reader.ReadLineAsync(cancellationToken);
            var name = stream.RemoteCertificate?.Subject.Replace("CN=", "", StringComparison.Ordinal);
            return answer is null ? Refused : $"{name}: {answer}";
        }
        catch (Exception exception) when (exception is IOException or SocketException or AuthenticationException)
        {
            return Refused;
        }
    }
}
