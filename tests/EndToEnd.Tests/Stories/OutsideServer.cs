using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>
/// A real server outside all clusters. It answers with its name and the received line, over plain TCP or over TLS with its own
/// certificate.
/// </summary>
internal sealed class OutsideServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _name;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;

    private OutsideServer(string name, X509Certificate2? certificate)
    {
        (_name, _certificate) = (name, certificate);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>A name below localhost, which is this machine (RFC 6761).</summary>
    public string Host => $"{_name}.servers.localhost";

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static OutsideServer Plain(string name) => new(name, null);

    public static OutsideServer Tls(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.UnixEpoch.AddYears(200)
        );
        return new OutsideServer(name, X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pkcs12), null));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting; // a listener that stops between two connections makes the next accept throw
        _listener.Dispose();
        _certificate?.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var conversations = new List<Task>();
        try
        {
            while (true)
            {
                conversations.Add(ConverseAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(conversations);
        }
    }

    private async Task ConverseAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await using var stream = await SecureAsync(client.GetStream());
                using var reader = new StreamReader(stream, Encoding.UTF8);
                while (await reader.ReadLineAsync(_stop.Token) is { } line)
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes($"{_name} {line}\n"), _stop.Token);
                }
            }
            catch (Exception exception)
                when (exception is IOException or SocketException or AuthenticationException or OperationCanceledException)
            {
                // the client has closed, or the test is over
            }
        }
    }

    private async Task<Stream> SecureAsync(NetworkStream stream)
    {
        if (_certificate is null)
        {
            return stream;
        }

        var secured = new SslStream(stream);
        await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _stop.Token);
        return secured;
    }
}
