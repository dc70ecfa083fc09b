using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>Connects as a client from outside would, says what the probe says and reads the answer.</summary>
internal static class TcpProbe
{
    /// <summary>How much of a wrong answer is told: a condition is read by people, and kept.</summary>
    private const int LongestExcerpt = 200;

    /// <summary>How long a connection without an expected answer must stay open: a gateway without a healthy backend accepts first and resets then.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    /// <param name="serverName">Asked for in a TLS handshake, whose certificate is not looked at: it is the backend's, and that the handshake ends shows that the way is whole. Null speaks plain TCP.</param>
    public static async Task<Observation> RunAsync(
        string address,
        int port,
        string? serverName,
        ProbeSpec probe,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(probe.Timeout); // real time: a socket does not know of any other
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address, port, deadline.Token);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset) // so soon that the connection was not seen
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
                $"{address}:{port} cannot be reached ({exception.SocketErrorCode}): there is no way to it from here, or the load balancer has no healthy node; look at the security groups and at the nodes."
            );
        }
        catch (SocketException exception)
        {
            return Observation.False(
                Reasons.ConnectionRefused,
                $"{address}:{port} refuses the connection ({exception.SocketErrorCode}): the load balancer does not have the port (yet), or nothing listens behind it; look at the gateway's Service and its pods if it stays."
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Observation.False(
                Reasons.ConnectionTimedOut,
                $"{address}:{port} does not answer within {probe.Timeout.TotalSeconds:0.#} s: a firewall drops the packets, or the load balancer has no healthy node; look at the security groups and at the nodes."
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
                $"{address}:{port} accepts the connection and TLS for {serverName} fails ({exception.Message}): what answers is no TLS server, or none of that name; look at the backend, or correct sniHosts."
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
                $"{address}:{port} is connected and does not {(probe.Expect is null ? "finish the TLS handshake" : $"answer '{probe.Expect}'")} within {probe.Timeout.TotalSeconds:0.#} s; look at the backend, or correct the probe."
            );
        }
    }

    private static Observation Reset(string address, int port, string how) =>
        Observation.False(
            Reasons.ConnectionReset,
            $"{address}:{port} accepts and then resets the connection ({how}): the gateway has no route, or no healthy backend; look at the backend's pods."
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
                        $"{address}:{port} accepts and then closes the connection without an answer: the gateway has no route, or no healthy backend; look at the backend's pods."
                    )
                : Observation.False(
                    Reasons.WrongAnswer,
                    $"{address}:{port} answered '{Excerpt(heard)}', not '{expected}'; correct the probe, or look at the backend."
                );
        }

        return await StaysOpenAsync(stream, probe.Timeout < Grace ? probe.Timeout : Grace, cancellationToken)
            ? Observation.True(Reasons.Connected, $"{address}:{port} accepts connections and keeps them open,.")
            : Observation.False(
                Reasons.ConnectionReset,
                $"{address}:{port} accepts and then closes the connection: the gateway has no route, or no healthy backend; look at the backend's pods."
            );
    }

    /// <summary>Everything heard until it holds the expected text, the peer closes, or 64 KiB were heard; also until time is over, since what was heard by then tells more than that.</summary>
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

    /// <summary>The beginning, without what a terminal would take for a command.</summary>
    private static string Excerpt(string heard)
    {
        var text = new string([
            .. heard.TrimEnd().Take(LongestExcerpt).Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? '?' : letter),
        ]);
        return heard.TrimEnd().Length > LongestExcerpt ? $"{text}..." : text;
    }

    /// <param name="time">The probe's own where that is shorter, whose end is no failure then.</param>
    private static async Task<bool> StaysOpenAsync(Stream stream, TimeSpan time, CancellationToken cancellationToken)
    {
        using var grace = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        grace.CancelAfter(time);
        try
        {
            return await stream.ReadAsync(new byte[1], grace.Token) > 0; // a server that speaks first is open; 0 bytes: it closed
        }
        catch (OperationCanceledException) when (grace.IsCancellationRequested)
        {
            return true;
        }
    }
}
