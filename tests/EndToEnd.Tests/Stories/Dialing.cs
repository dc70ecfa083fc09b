using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MeshPort.EndToEnd.Tests.Stories;

/// <summary>Connects as a client does, from an address of its choice, and says how it went.</summary>
internal static class Dialing
{
    public const string Refused = "refused";
    public const string Silent = "silent";
    public const string Reset = "reset";
    public const string Closed = "closed";

    /// <summary>A packet that is dropped is not answered, however long one waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Sends a line and reads one.</summary>
    /// <param name="from">The client's address; null leaves it to the system.</param>
    /// <returns>The line, or one of the constants.</returns>
    public static async Task<string> AskAsync(string address, int port, CancellationToken cancellationToken, string? from = null)
    {
        var (client, outcome) = await ConnectAsync(address, port, cancellationToken, from);
        using (client)
        {
            return client is null ? outcome : await ConverseAsync(client, "jose\n", cancellationToken);
        }
    }

    /// <summary>Sends a line on a connection that is open, and reads one.</summary>
    public static async Task<string> ConverseAsync(Socket client, string text, CancellationToken cancellationToken)
    {
        try
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
            using var reader = new StreamReader(new NetworkStream(client), Encoding.UTF8);
            return await reader.ReadLineAsync(cancellationToken) ?? Closed;
        }
        catch (Exception trouble) when (trouble is IOException or SocketException)
        {
            return Reset;
        }
    }

    /// <returns>The connection, or why there is none.</returns>
    public static async Task<(Socket? Socket, string Outcome)> ConnectAsync(
        string address,
        int port,
        CancellationToken cancellationToken,
        string? from = null
    )
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            if (from is not null)
            {
                client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            }

            await client.ConnectAsync(IPAddress.Parse(address), port, patience.Token);
            return (client, "");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            client.Dispose();
            return (null, Silent);
        }
        catch (SocketException trouble)
        {
            client.Dispose();
            return (null, trouble.SocketErrorCode == SocketError.ConnectionReset ? Reset : Refused); // a reset that comes at once may be seen before the connection is
        }
    }
}
