using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>Connects as a client from outside does, sends the probe's text and reads the answer.</summary>
internal static class TcpProbe
{
    /// <summary>The longest part of a wrong answer that a condition quotes.</summary>
    private const int LongestExcerpt = 200;

    /// <param name="serverName">
    /// The name for a TLS handshake; null for plain TCP. The certificate belongs to the backend and is not checked: a finished handshake
    /// proves that the backend is reachable.
    /// </param>
    /// <param name="open">How long a connection without an expected answer must stay open.</param>
    /// <returns>Null when it stayed open without data.</returns>
    public static async Task<Observation?> RunAsync(
        string address,
        int port,
        string? serverName,
        ProbeSpec probe,
        OpenTime open,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(probe.Timeout); // real time, since sockets use it
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address, port, deadline.Token);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset) // before the connect returned
        {
            return Reset(address, port, exception.Message);
        }
        catch (SocketException exception)
            when (exception.SocketErrorCode
                    is SocketError.TimedOut
                        or SocketError.HostUnreachable
                        or SocketError.NetworkUnreachable
                        or SocketError.HostDown
            )
        {
            return Observation.False(
                Reasons.ConnectionTimedOut,
                $"{address}:{port} cannot be reached ({exception.SocketErrorCode}). No network path leads to it, "
                    + "or the load balancer has no healthy node. Check the security groups and the nodes."
            );
        }
        catch (SocketException exception)
        {
            return Observation.False(
                Reasons.ConnectionRefused,
                $"{address}:{port} refuses the connection ({exception.SocketErrorCode}). The load balancer does not have the port yet, "
                    + "or nothing listens behind it. If this persists, check the gateway's Service and its pods."
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Observation.False(
                Reasons.ConnectionTimedOut,
                $"{address}:{port} does not answer within {probe.Timeout.TotalSeconds:0.#} s. "
                    + "A firewall drops the packets, or the load balancer has no healthy node. Check the security groups and the nodes."
            );
        }

        var handshake = new Handshake();
        try
        {
            await using var stream = await SecureAsync(client.GetStream(), serverName, handshake, deadline.Token);
            var observation = probe.Expect is { } expected
                ? await ConverseAsync(stream, address, port, probe.Send, expected, deadline.Token)
                : await HoldAsync(stream, address, port, probe.Send, open, clock, cancellationToken);
            return observation is { Reason: Reasons.ConnectionReset } && handshake.WantsCertificate
                ? WantsCertificate(address, port, serverName, probe)
                : observation;
        }
        catch (Exception exception) when (handshake.WantsCertificate && exception is (AuthenticationException or IOException))
        {
            return WantsCertificate(address, port, serverName, probe);
        }
        catch (AuthenticationException exception)
        {
            return Observation.False(
                Reasons.TlsFailed,
                $"{address}:{port} accepts the connection, but TLS for {serverName} fails ({exception.Message}). "
                    + "The backend does not speak TLS, or does not serve that name. Check the backend, or correct sniHosts."
            );
        }
        catch (IOException exception)
        {
            return Reset(address, port, exception.InnerException?.Message ?? exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Observation.False(
                Reasons.ConnectionTimedOut,
                $"{address}:{port} accepts the connection, but does not "
                    + $"{(probe.Expect is null ? "finish the TLS handshake" : $"answer '{probe.Expect}'")} "
                    + $"within {probe.Timeout.TotalSeconds:0.#} s. Check the backend, or correct the probe."
            );
        }
    }

    /// <summary>The backend has shown its certificate, and refuses clients without one.</summary>
    private static Observation WantsCertificate(string address, int port, string? serverName, ProbeSpec probe) =>
        probe.Expect is null
            ? Observation.True(Reasons.Connected, $"{address}:{port} answers with TLS for {serverName} and asks for a client certificate.")
            : Observation.False(
                Reasons.TlsFailed,
                $"{address}:{port} answers with TLS for {serverName} and asks for a client certificate, which MeshPort does not have. "
                    + "Remove probe.expect: the handshake itself proves the backend."
            );

    private static Observation Reset(string address, int port, string how) =>
        Observation.False(
            Reasons.ConnectionReset,
            $"{address}:{port} accepts and then resets the connection ({how}). "
                + "The gateway has no route, or does not reach a healthy backend. Check the backend's pods and their host, and the network "
                + "policies of both namespaces."
        );

    private static async Task<Stream> SecureAsync(
        NetworkStream stream,
        string? serverName,
        Handshake handshake,
        CancellationToken cancellationToken
    )
    {
        if (serverName is null)
        {
            return stream;
        }

        var secured = new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
        try
        {
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = serverName,
                LocalCertificateSelectionCallback = (_, _, _, theirs, _) => handshake.Select(theirs),
            };
            await secured.AuthenticateAsClientAsync(options, cancellationToken);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    }

    private static async Task<Observation> ConverseAsync(
        Stream stream,
        string address,
        int port,
        string? text,
        string expected,
        CancellationToken cancellationToken
    )
    {
        await SendAsync(stream, text, cancellationToken);
        var heard = await ReadUntilAsync(stream, expected, cancellationToken);
        return heard.Contains(expected, StringComparison.Ordinal)
                ? Observation.True(Reasons.Answered, $"{address}:{port} answered '{expected}'.")
            : heard.Length == 0
                ? Observation.False(
                    Reasons.ConnectionReset,
                    $"{address}:{port} accepts and then closes the connection without an answer. "
                        + "The gateway has no route, or no healthy backend. Check the backend's pods."
                )
            : Observation.False(
                Reasons.WrongAnswer,
                $"{address}:{port} answered '{Excerpt(heard)}', not '{expected}'. Correct the probe, or check the backend."
            );
    }

    /// <summary>Waits for data, for the end of the connection, or until it has stayed open long enough.</summary>
    private static async Task<Observation?> HoldAsync(
        Stream stream,
        string address,
        int port,
        string? text,
        OpenTime open,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        await SendAsync(stream, text, cancellationToken);
        return await CountAsync(stream, open, clock, cancellationToken) switch
        {
            null => null,
            0 => Observation.False(
                Reasons.ConnectionReset,
                $"{address}:{port} accepts and then closes the connection without data. "
                    + "The gateway has no route, or does not reach the backend, or the backend closes idle connections. "
                    + "Check the backend's pods and the network policies, or set probe.send and probe.expect."
            ),
            _ => Observation.True(Reasons.Answered, $"{address}:{port} sends data."),
        };
    }

    private static async Task SendAsync(Stream stream, string? text, CancellationToken cancellationToken)
    {
        if (text is not null)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        }
    }

    /// <summary>
    /// Reads until the text is complete, the peer closes, 64 KiB have arrived, or the time is over. A partial answer tells more than a
    /// timeout.
    /// </summary>
    private static async Task<string> ReadUntilAsync(Stream stream, string expected, CancellationToken cancellationToken)
    {
        var heard = new MemoryStream();
        var buffer = new byte[4096];
        var text = "";
        while (heard.Length < 64 * 1024 && !text.Contains(expected, StringComparison.Ordinal))
        {
            int count;
            try
            {
                count = await stream.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception exception) when (text.Length > 0 && exception is (OperationCanceledException or IOException))
            {
                break;
            }

            if (count == 0)
            {
                break;
            }

            heard.Write(buffer, 0, count);
            text = Encoding.UTF8.GetString(heard.GetBuffer(), 0, (int)heard.Length);
        }

        return text;
    }

    /// <summary>The beginning of the answer, without control characters, which a terminal would interpret.</summary>
    private static string Excerpt(string heard)
    {
        var text = new string([
            .. heard.TrimEnd().Take(LongestExcerpt).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter),
        ]);
        return heard.TrimEnd().Length > LongestExcerpt ? $"{text}..." : text;
    }

    /// <returns>The bytes of the first read, 0 when the peer has closed; null when the connection stays open without data.</returns>
    private static async Task<int?> CountAsync(Stream stream, OpenTime open, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var read = stream.ReadAsync(new byte[1], end.Token).AsTask();
        var wait = Task.WhenAll(Task.Delay(OpenTime.Least, end.Token), Task.Delay(open.Time, clock, end.Token));
        var first = await Task.WhenAny(read, wait);
        await end.CancelAsync();
        try
        {
            return await read;
        }
        catch (OperationCanceledException) when (first == wait && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>What the TLS handshake has shown before it ended, or failed.</summary>
    private sealed class Handshake
    {
        /// <summary>Whether the backend has sent its own certificate and asked for one of the client.</summary>
        public bool WantsCertificate { get; private set; }

        /// <summary>Selects no certificate. It is called before the handshake too, without the certificate of the backend.</summary>
        public X509Certificate Select(X509Certificate? theirs)
        {
            WantsCertificate |= theirs is not null;
            return null!; // the callback's documented answer for none
        }
    }
}
