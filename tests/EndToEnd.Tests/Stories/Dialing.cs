using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Connects as a client from a given address, and returns the outcome.</summary>
internal static class Dialing
{
    public const string Refused = "refused";
    public const string Silent = "silent";
    public const string Reset = "reset";
    public const string Closed = "closed";

    /// <summary>A firewall drops the packets, so no answer comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Sends a line and reads one.</summary>
    /// <param name="from">The client's address; null for the system's choice.</param>
    /// <returns>The line, or one of the constants.</returns>
    public static async Task<string> AskAsync(string address, int port, CancellationToken cancellationToken, string? from = null)
    {
        var (client, outcome) = await ConnectAsync(address, port, cancellationToken, from);
        using (client)
        {
            return client is null ? outcome : await ConverseAsync(client, "jose\n", cancellationToken);
        }
    }

    /// <summary>Sends a line on an open connection, and reads one.</summary>
    public static async Task<string> ConverseAsync(Socket client, string text, CancellationToken cancellationToken)
    {
        try
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
            using var reader = new StreamReader(new NetworkStream(client), Encoding.UTF8);
            return await reader.ReadLineAsync(cancellationToken) ?? Closed;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return Reset;
        }
    }

    /// <returns>The connection, or the reason for its failure.</returns>
    public static async Task<(Socket? Socket, string Outcome)> ConnectAsync(
        string address,
        int port,
        CancellationToken cancellationToken,
        string? from = null
    )
    {
        var server = IPAddress.Parse(address);
        var client = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (client.AddressFamily == AddressFamily.InterNetworkV6)
        {
            client.DualMode = true; // the sandbox's addresses of IPv6 are IPv4-mapped
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            if (from is not null)
            {
                var local = IPAddress.Parse(from);
                client.Bind(new IPEndPoint(server.AddressFamily == AddressFamily.InterNetworkV6 ? local.MapToIPv6() : local, 0));
            }

            await client.ConnectAsync(server, port, patience.Token);
            return (client, "");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            client.Dispose();
            return (null, Silent);
        }
        catch (SocketException exception)
        {
            client.Dispose();
            // An immediate reset may come before the connect returns.
            return (null, exception.SocketErrorCode == SocketError.ConnectionReset ? Reset : Refused);
        }
    }
}
