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

    /// <param name="tls">Null for plain TCP.</param>
    /// <param name="open">How long a connection without an expected answer must stay open.</param>
    /// <returns>Null when it stayed open without data.</returns>
    public static async Task<Observation?> RunAsync(
        string address,
        int port,
        ProbeTls? tls,
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

        var handshake = tls is null ? null : new Handshake($"{address}:{port}", tls);
        try
        {
            await using var stream = handshake is null
                ? client.GetStream()
                : await handshake.SecureAsync(client.GetStream(), deadline.Token);
            if (handshake?.FindError() is { } error)
            {
                return error;
            }

            var observation = probe.Expect is { } expected
                ? await ConverseAsync(stream, address, port, probe.Send, expected, deadline.Token)
                : await HoldAsync(stream, address, port, probe.Send, open, clock, cancellationToken);
            return handshake is null ? observation : handshake.Complete(observation, probe);
        }
        catch (Exception exception) when (handshake is { LacksCertificate: true } && exception is (AuthenticationException or IOException))
        {
            return handshake.WantsCertificate(probe);
        }
        catch (AuthenticationException exception) when (handshake is not null)
        {
            return handshake.Fail(exception.Message);
        }
        catch (IOException exception) when (handshake is not null && handshake.Explains(exception))
        {
            return handshake.Fail(exception.InnerException?.Message ?? exception.Message);
        }
        catch (IOException exception)
        {
            var reset = Reset(address, port, exception.InnerException?.Message ?? exception.Message);
            return handshake is null ? reset : handshake.Complete(reset, probe);
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
                + "The gateway has no route, or does not reach a healthy backend. Check the backend's pods and their host, and the network "
                + "policies of both namespaces."
        );

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
}
