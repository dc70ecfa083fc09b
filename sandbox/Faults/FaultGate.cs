using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Faults;

/// <summary>Applies faults to HTTP requests of any layer. Each layer writes its own refusals.</summary>
/// <param name="refuse">Answers with, or throws, the layer's 409, 429 or 5xx.</param>
internal sealed class FaultGate(FaultPlan faults, TimeProvider clock, Func<HttpContext, FaultRule, Task> refuse)
{
    private static readonly TimeSpan UsualDelay = TimeSpan.FromSeconds(30);

    public async Task InvokeAsync(HttpContext http, FaultCall call, Func<Task> next)
    {
        switch (faults.Strike(call))
        {
            case null:
                await next();
                break;
            case { Kind: FaultKind.Reset or FaultKind.Down }:
                Reset(http);
                break;
            case { Kind: FaultKind.Slow } slow:
                await Task.Delay(slow.Lasts ?? UsualDelay, clock, http.RequestAborted);
                await next();
                break;
            case { Kind: FaultKind.Lost }:
                await LoseAnswerAsync(http, next);
                break;
            case { } rule:
                await refuse(http, rule);
                break;
        }
    }

    /// <summary>Ends the connection, and every request on it, with a TCP reset.</summary>
    public static void Reset(HttpContext http)
    {
        if (http.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                return; // the client closed first
            }
        }

        http.Features.Get<IConnectionLifetimeFeature>()?.Abort();
        http.Abort();
    }

    private static async Task LoseAnswerAsync(HttpContext http, Func<Task> next)
    {
        http.Response.Body = Stream.Null;
        try
        {
            await next();
        }
        finally
        {
            Reset(http);
        }
    }
}
