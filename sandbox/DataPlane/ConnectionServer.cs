using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using MeshPort.Sandbox.DataPlane.Tls;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>Serves accepted connections by the destination that their route gives.</summary>
/// <param name="outputs">By the uid of the pod.</param>
/// <param name="clock">Simulated time, for idle timeouts.</param>
internal sealed class ConnectionServer(Func<string, ContainerOutput> outputs, TimeProvider clock)
{
    private readonly ConnectionSlots _slots = new();

    /// <summary>Whether something listens at the destination.</summary>
    public static bool Accepts(Hop hop) =>
        hop.Kind != HopKind.Refused
        && !(hop.Kind == HopKind.Workload && Images.IsEcho(hop.Image) && !EchoServer.ListensOn(hop.Arguments ?? [], hop.Port));

    /// <param name="route">By the server name of the TLS client hello; null before it was read.</param>
    public async Task ServeAsync(Socket client, Func<string?, Hop> route, CancellationToken stop)
    {
        try
        {
            client.NoDelay = true;
            await ForwardAsync(client, route, stop);
        }
        catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
        {
            Reset(client); // either side closed
        }
    }

    /// <summary>Reads and discards data until the client closes.</summary>
    public static async Task HoldAsync(Socket client, Action touched, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (await client.ReceiveAsync(buffer, cancellationToken) > 0)
        {
            touched();
        }
    }

    /// <summary>RST instead of FIN.</summary>
    public static void Reset(Socket client) => client.LingerState = new LingerOption(true, 0);

    private async Task ForwardAsync(Socket client, Func<string?, Hop> route, CancellationToken stop)
    {
        var hop = route(null);
        ReadOnlyMemory<byte> seen = default;
        if (hop.Kind == HopKind.NeedsServerName)
        {
            using var patience = new IdleWatch(clock, hop.Idle, stop);
            (seen, var serverName) = await ClientHello.ReadAsync(client, patience.Token);
            hop = route(serverName);
        }

        using var slot = _slots.Take(hop.Limit);
        if (slot is null)
        {
            Reset(client);
            return;
        }

        // Envoy connects to the backend before the handshake, so a missing backend comes first.
        if (hop.Tls is { } termination && Accepts(hop) && hop.Kind != HopKind.Reset)
        {
            await TerminateAsync(client, hop, termination, seen, stop);
        }
        else
        {
            await FollowAsync(client, hop, hop.Proxy?.Before(seen, client) ?? seen, stop);
        }
    }

    /// <summary>Ends TLS, and serves the plain text over a second connection.</summary>
    private async Task TerminateAsync(Socket client, Hop hop, TlsTermination termination, ReadOnlyMemory<byte> seen, CancellationToken stop)
    {
        using var patience = new IdleWatch(clock, hop.Idle, stop);
        SslStream outer;
        try
        {
            outer = await TlsServer.HandshakeAsync(client, seen, termination, clock.GetUtcNow(), patience.Token);
        }
        catch (AuthenticationException)
        {
            return; // the client got an alert
        }

        await using (outer)
        {
            var (near, far) = await SocketPair.ConnectAsync(stop);
            var serving = ServePlainAsync(far, hop, hop.Proxy?.Before(default, client) ?? default, stop);
            try
            {
                await TlsServer.RelayAsync(outer, near, stop);
            }
            catch
            {
                Reset(near);
                throw;
            }
            finally
            {
                near.Dispose();
                await serving;
            }
        }
    }

    private async Task ServePlainAsync(Socket plain, Hop hop, ReadOnlyMemory<byte> first, CancellationToken stop)
    {
        using (plain)
        {
            try
            {
                await FollowAsync(plain, hop, first, stop);
            }
            catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
            {
                Reset(plain); // either side closed
            }
        }
    }

    private async Task FollowAsync(Socket client, Hop hop, ReadOnlyMemory<byte> seen, CancellationToken stop)
    {
        using var idle = new IdleWatch(clock, hop.Idle, stop);
        try
        {
            switch (hop.Kind)
            {
                case HopKind.GatewayStatus:
                    await StatusPage.ServeAsync(client, idle.Token);
                    break;
                case HopKind.Dropped:
                    await Task.Delay(hop.ConnectTimeout, clock, idle.Token);
                    Reset(client);
                    break;
                case HopKind.Outside:
                    await OutsideHost.RelayAsync(client, hop, seen, idle.Touch, clock, idle.Token);
                    break;
                case HopKind.Workload when !Accepts(hop):
                    Reset(client);
                    break;
                case HopKind.Workload when Images.IsEcho(hop.Image):
                    await EchoServer.ServeAsync(client, seen, hop.Arguments?[1] ?? "", outputs(hop.Pod), idle.Touch, idle.Token);
                    break;
                case HopKind.Workload:
                    await HoldAsync(client, idle.Touch, idle.Token);
                    break;
                default:
                    Reset(client);
                    break;
            }
        }
        catch (OperationCanceledException) when (idle.Ended == IdleEnd.Close)
        {
            return; // closed in order
        }
        catch (OperationCanceledException) when (idle.Ended == IdleEnd.Silence)
        {
            await Task.Delay(Timeout.Infinite, stop); // the backend no longer answers
        }
    }
}
