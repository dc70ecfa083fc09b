using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>A Gateway of Istio that belongs to others, pure. Wire shape: networking.istio.io/v1.</summary>
internal static class ForeignGateway
{
    private static readonly string[] TlsProtocols = ["TLS", "HTTPS"];
    private static readonly string[] Loopback = ["127.", "::1", "unix://"];

    /// <returns>The first of these servers; null without one.</returns>
    public static JsonObject? Server(JsonObject gateway, ExposureSpec exposure, GatewayPods pods) =>
        Servers(gateway, exposure, pods).Select(server => server.Item).FirstOrDefault();

    /// <returns>
    /// The servers that take connections of the exposure, with their index. Servers share a port only when all of them tell their
    /// connections apart by the server name of TLS.
    /// </returns>
    public static IEnumerable<(int Index, JsonObject Item)> Servers(JsonObject gateway, ExposureSpec exposure, GatewayPods pods) =>
        gateway["spec"]
            .Items("servers")
            .Index()
            .Where(one =>
                one.Item is var server
                && (
                    !Loopback.Any(prefix => $"{server["bind"]}".StartsWith(prefix, StringComparison.Ordinal))
                    && server["port"]?["number"] is JsonValue number
                    && number.TryGetValue<int>(out var port)
                    && pods.IsPortOf(port, exposure)
                    && (
                        exposure.Protocol != ExposureProtocol.Tls
                        || !TlsProtocols.Contains(Protocol(server))
                        || IstioHosts.Overlap(exposure.Hosts, server.Texts("hosts"))
                    )
                )
            );

    public static Observation Conflict(ObjectRef gateway, JsonObject server, ExposureSpec exposure) =>
        Observation.False(
            Reasons.GatewayConflict,
            $"Port {exposure.Port} is already claimed by Gateway {gateway.Namespace}/{gateway.Name} ({Protocol(server)}, "
                + $"hosts {string.Join(", ", server.Texts("hosts"))}), which selects the pods of the same gateway. "
                + "Remove that server, or choose another port."
        );

    public static string Protocol(JsonObject server) => $"{server["port"]?["protocol"]}".ToUpperInvariant();
}
