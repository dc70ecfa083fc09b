using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MeshPort.Sandbox.Tests.DataPlane;

internal static class Dial
{
    /// <summary>Connects from a given source address. False when no answer arrives in time, null when the connection is refused.</summary>
    public static async Task<bool?> AnswersAsync(string address, int port, string from, CancellationToken cancellationToken)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromMilliseconds(500));
        try
        {
            await client.ConnectAsync(IPAddress.Parse(address), port, patience.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Connects, sends, and reads until a newline or the end.</summary>
    public static async Task<string> AskAsync(string address, int port, string text, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Parse(address), port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadLineAsync(cancellationToken) ?? "";
    }

    /// <summary>The answer, or how the request fails: <c>refused</c>, <c>reset</c>, <c>closed</c>.</summary>
    public static async Task<string> OutcomeAsync(string address, int port, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(address, port, "x\n", cancellationToken) is { Length: > 0 } answer ? answer : "closed";
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return "refused";
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return "reset";
        }
    }
}
