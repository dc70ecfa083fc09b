using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MeshPort.Sandbox.Kubelet.Streams;

/// <summary>Switches an HTTP/1.1 connection to WebSocket (RFC 6455, section 4.2) or to SPDY.</summary>
internal static class Upgrade
{
    /// <summary>The value that every answer to a handshake appends to the client's key.</summary>
    private const string Salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private const string ProtocolHeader = "X-Stream-Protocol-Version";
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    public static bool IsWebSocket(HttpRequest request) => Asks(request, "websocket");

    public static bool IsSpdy(HttpRequest request) => Asks(request, "SPDY/3.1");

    /// <summary>The subprotocols of a WebSocket, or the stream protocols of SPDY, in the client's order.</summary>
    public static IReadOnlyList<string> Protocols(HttpRequest request) =>
        [
            .. request
                .Headers[IsWebSocket(request) ? "Sec-WebSocket-Protocol" : ProtocolHeader]
                .SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
        ];

    public static async Task<WebSocket> ToWebSocketAsync(HttpContext context, string protocol)
    {
        var key = context.Request.Headers["Sec-WebSocket-Key"].ToString();
#pragma warning disable CA5350 // RFC 6455 prescribes SHA-1; it protects nothing
        context.Response.Headers["Sec-WebSocket-Accept"] = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Salt)));
#pragma warning restore CA5350
        if (protocol.Length > 0)
        {
            context.Response.Headers["Sec-WebSocket-Protocol"] = protocol;
        }

        // Without the subprotocol, whose name the class would refuse because of a slash.
        return WebSocket.CreateFromStream(
            await SwitchAsync(context, "websocket"),
            new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = KeepAlive }
        );
    }

    public static Task<Stream> ToSpdyAsync(HttpContext context, string protocol)
    {
        context.Response.Headers[ProtocolHeader] = protocol;
        return SwitchAsync(context, "SPDY/3.1");
    }

    private static bool Asks(HttpRequest request, string protocol) =>
        request.Headers.Upgrade.ToString().Equals(protocol, StringComparison.OrdinalIgnoreCase)
        && request.HttpContext.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };

    private static Task<Stream> SwitchAsync(HttpContext context, string protocol)
    {
        context.Response.Headers.Upgrade = protocol;
        return context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }
}
