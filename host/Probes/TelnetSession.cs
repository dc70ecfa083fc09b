using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MeshPort.Host.Environments;
using MeshPort.Proof;

namespace MeshPort.Host.Probes;

/// <summary>Proves the exposure with a real connection to its public address, printed like a telnet session.</summary>
internal sealed class TelnetSession(TextWriter output)
{
    /// <summary>A gateway without a healthy backend accepts the connection first and resets it later.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    /// <param name="port">Null for the first port that the exposure's probe proves.</param>
    /// <returns>Null after the expected answer, otherwise the failure, without a full stop.</returns>
    public async Task<string?> TalkAsync(string address, DesiredExposure exposure, CancellationToken cancellationToken, int? port = null)
    {
        var (target, timeout) = (port ?? exposure.ProbedPort, exposure.ProbeTimeout); // in real time, like all sockets
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        using var client = new TcpClient();
        await output.WriteLineAsync($"$ telnet {address} {target}");
        await output.WriteLineAsync($"Trying {address}...");
        try
        {
            await client.ConnectAsync(address, target, deadline.Token);
            await output.WriteLineAsync($"Connected to {address}.");
            if (exposure.IsMutual)
            {
                return $"{address}:{target} serves only clients with a certificate (tls.mode mutual), and this command has none";
            }

            return exposure.IsTls
                ? await ConverseWithTlsAsync(client.GetStream(), $"{address}:{target}", address, exposure, deadline.Token)
                : await ConverseAsync(client.GetStream(), exposure, deadline.Token);
        }
        catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException)
        {
            return $"{address}:{target}: {exception.Message.TrimEnd('.')}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{address}:{target} did not answer within {timeout.TotalSeconds:0.###} s";
        }
    }

    /// <summary>
    /// Requests the name that the server's probe requests. Any certificate is accepted: the probe proves a path, not an identity. A backend
    /// that asks for a client certificate is reached; with TLS 1.3, it may refuse the client after the handshake.
    /// </summary>
    private async Task<string?> ConverseWithTlsAsync(
        NetworkStream stream,
        string endpoint,
        string address,
        DesiredExposure exposure,
        CancellationToken cancellationToken
    )
    {
        var name = ProbeTls.NameOf(exposure.SniHosts, address);
        var handshake = new Handshake(endpoint, new ProbeTls(name));
        string? failure;
        try
        {
            await using var secure = await handshake.SecureAsync(stream, cancellationToken);
            await output.WriteLineAsync($"TLS with server name {name}: {(secure as SslStream)?.RemoteCertificate?.Subject}.");
            failure = await ConverseAsync(secure, exposure, cancellationToken);
        }
        catch (Exception exception)
            when (handshake.LacksCertificate && exposure.PassesTlsThrough && exception is (IOException or AuthenticationException))
        {
            failure = exception.Message.TrimEnd('.');
        }

        if (failure is null || !handshake.LacksCertificate || !exposure.PassesTlsThrough)
        {
            return failure;
        }

        await output.WriteLineAsync("The backend asks for a client certificate, and this command has none.");
        return exposure.Expect is null
            ? null
            : $"{failure}; the backend asks for a client certificate. Remove probe.expect: the handshake itself proves the backend";
    }

    private async Task<string?> ConverseAsync(Stream stream, DesiredExposure exposure, CancellationToken cancellationToken)
    {
        if (exposure.Send is { } text)
        {
            await output.WriteLineAsync(text.TrimEnd('\r', '\n'));
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        }

        if (exposure.Expect is not { } expected)
        {
            return await StaysOpenAsync(stream, cancellationToken) ? null : "the connection was closed at once";
        }

        var heard = await ReadUntilAsync(stream, expected, cancellationToken);
        await output.WriteLineAsync(heard.TrimEnd('\r', '\n'));
        return heard.Contains(expected, StringComparison.Ordinal) ? null : $"the connection was closed before '{expected}' was heard";
    }

    private static async Task<string> ReadUntilAsync(Stream stream, string expected, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        using var heard = new MemoryStream();
        while (true)
        {
            var text = Encoding.UTF8.GetString(heard.GetBuffer(), 0, (int)heard.Length);
            if (text.Contains(expected, StringComparison.Ordinal) || heard.Length > 1024 * 1024)
            {
                return text;
            }

            var count = await stream.ReadAsync(buffer, cancellationToken);
            if (count == 0)
            {
                return text;
            }

            heard.Write(buffer, 0, count);
        }
    }

    private static async Task<bool> StaysOpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var grace = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        grace.CancelAfter(Grace);
        try
        {
            return await stream.ReadAsync(new byte[1], grace.Token) > 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }
}
