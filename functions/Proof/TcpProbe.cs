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
        var endpoint = IpFamilies.Endpoint(address, port);
        var isIpv6 = IpFamilies.Of(address) == IpFamily.IPv6;
        if (isIpv6 && !Socket.OSSupportsIPv6)
        {
            return NoWayOut(endpoint, "the system has no IPv6");
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(probe.Timeout); // real time, since sockets use it
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address, port, deadline.Token);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset) // before the connect returned
        {
            return Reset(endpoint, exception.Message);
        }
        catch (SocketException exception)
            when (isIpv6
                && exception.SocketErrorCode
                    is SocketError.NetworkUnreachable
                        or SocketError.AddressFamilyNotSupported
                        or SocketError.AddressNotAvailable
            )
        {
            return NoWayOut(endpoint, $"{exception.SocketErrorCode}");
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
                $"{endpoint} cannot be reached ({exception.SocketErrorCode}). No network path leads to it, "
                    + "or the load balancer has no healthy node. Check the security groups and the nodes."
            );
        }
        catch (SocketException exception)
        {
            return Observation.False(
                Reasons.ConnectionRefused,
                $"{endpoint} refuses the connection ({exception.SocketErrorCode}). The load balancer does not have the port yet, "
                    + "or nothing listens behind it. If this persists, check the gateway's Service and its pods."
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Observation.False(
                Reasons.ConnectionTimedOut,
                $"{endpoint} does not answer within {probe.Timeout.TotalSeconds:0.#} s. "
                    + "A firewall drops the packets, or the load balancer has no healthy node. Check the security groups and the nodes."
            );
        }

        var handshake = tls is null ? null : new Handshake(endpoint, tls);
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
                ? await ConverseAsync(stream, endpoint, probe.Send, expected, deadline.Token)
                : await HoldAsync(stream, endpoint, probe.Send, open, clock, cancellationToken);
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
            var reset = Reset(endpoint, exception.InnerException?.Message ?? exception.Message);
            return handshake is null ? reset : handshake.Complete(reset, probe);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Observation.False(
                Reasons.ConnectionTimedOut,
                $"{endpoint} accepts the connection, but does not "
                    + $"{(probe.Expect is null ? "finish the TLS handshake" : $"answer '{Excerpt(probe.Expect)}'")} "
                    + $"within {probe.Timeout.TotalSeconds:0.#} s. Check the backend, or correct the probe."
            );
        }
    }

    /// <summary>Most networks of applications have IPv4 alone, and clients may have IPv6 all the same.</summary>
    private static Observation NoWayOut(string endpoint, string why) =>
        Observation.Unknown(
            Reasons.IpFamilyNotProven,
            $"MeshPort has no way out over IPv6 to {endpoint} ({why}), so it cannot prove this address. "
                + "Run MeshPort where IPv6 works, or remove IPv6 from ipFamilies."
        );

    private static Observation Reset(string endpoint, string how) =>
        Observation.False(
            Reasons.ConnectionReset,
            $"{endpoint} accepts and then resets the connection ({how}). "
                + "The gateway has no route, or does not reach a healthy backend. Check the backend's pods and their host, and the network "
                + "policies of both namespaces."
        );

    private static async Task<Observation> ConverseAsync(
        Stream stream,
        string endpoint,
        string? text,
        string expected,
        CancellationToken cancellationToken
    )
    {
        await SendAsync(stream, text, cancellationToken);
        var heard = await ReadUntilAsync(stream, expected, cancellationToken);
        return heard.Contains(expected, StringComparison.Ordinal)
                ? Observation.True(Reasons.Answered, $"{endpoint} answered '{Excerpt(expected)}'.")
            : heard.Length == 0
                ? Observation.False(
                    Reasons.ConnectionReset,
                    $"{endpoint} accepts and then closes the connection without an answer. "
                        + "The gateway has no route, or no healthy backend. Check the backend's pods."
                )
            : Observation.False(
                Reasons.WrongAnswer,
                $"{endpoint} answered '{Excerpt(heard)}', not '{Excerpt(expected)}'. Correct the probe, or check the backend."
            );
    }

    /// <summary>Waits for data, for the end of the connection, or until it has stayed open long enough.</summary>
    private static async Task<Observation?> HoldAsync(
        Stream stream,
        string endpoint,
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
                $"{endpoint} accepts and then closes the connection without data. "
                    + "The gateway has no route, or does not reach the backend, or the backend closes idle connections. "
                    + "Check the backend's pods and the network policies, or set probe.send and probe.expect."
            ),
            _ => Observation.True(Reasons.Answered, $"{endpoint} sends data."),
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
