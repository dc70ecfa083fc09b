using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>Connects as a client from outside does, sends the probe's text and reads the answer.</summary>
internal static class TcpProbe
{
    /// <summary>The longest part of a wrong answer that a condition quotes.</summary>
    private const int LongestExcerpt = 200;

    /// <summary>
    /// How long a connection without an expected answer must stay open. A gateway without a healthy backend accepts and then resets.
    /// </summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    /// <param name="serverName">
    /// The name for a TLS handshake; null for plain TCP. The certificate belongs to the backend and is not checked: a finished handshake
    /// proves that the backend is reachable.
    /// </param>
    public static async Task<Observation> RunAsync(
        string address,
        int port,
        string? serverName,
        ProbeSpec probe,
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

        try
        {
            await using var stream = await SecureAsync(client.GetStream(), serverName, deadline.Token);
            return await ConverseAsync(stream, address, port, probe, deadline.Token);
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

    private static Observation Reset(string address, int port, string how) =>
        Observation.False(
            Reasons.ConnectionReset,
            $"{address}:{port} accepts and then resets the connection ({how}). "
                + "The gateway has no route, or no healthy backend. Check the backend's pods."
        );

    private static async Task<Stream> SecureAsync(NetworkStream stream, string? serverName, CancellationToken cancellationToken)
    {
        if (serverName is null)
        {
            return stream;
        }

        var secured = new SslStream(stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
        try
        {
            await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = serverName }, cancellationToken);
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
        ProbeSpec probe,
        CancellationToken cancellationToken
    )
    {
        if (probe.Send is { } text)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        }

        if (probe.Expect is { } expected)
        {
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

        return await StaysOpenAsync(stream, probe.Timeout < Grace ? probe.Timeout : Grace, cancellationToken)
            ? Observation.True(Reasons.Connected, $"{address}:{port} accepts connections and keeps them open.")
            : Observation.False(
                Reasons.ConnectionReset,
                $"{address}:{port} accepts and then closes the connection. "
                    + "The gateway has no route, or no healthy backend. Check the backend's pods."
            );
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

    /// <param name="time">How long the connection must stay open.</param>
    private static async Task<bool> StaysOpenAsync(Stream stream, TimeSpan time, CancellationToken cancellationToken)
    {
        using var grace = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        grace.CancelAfter(time);
        try
        {
            return await stream.ReadAsync(new byte[1], grace.Token) > 0; // 0 bytes: the peer has closed
        }
        catch (OperationCanceledException) when (grace.IsCancellationRequested)
        {
            return true;
        }
    }
}
