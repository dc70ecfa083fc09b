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

    /// <summary>
    /// Whether the server shares the port by wider wildcards only. Envoy gives a connection to the narrowest name that fits it (Envoy,
    /// "FilterChainMatch"), so the exposure gets its connections, whichever object is older.
    /// </summary>
    public static bool IsWider(JsonObject server, ExposureSpec exposure) =>
        exposure.Protocol == ExposureProtocol.Tls
        && TlsProtocols.Contains(Protocol(server))
        && IstioHosts.AreWider(server.Texts("hosts"), exposure.Hosts);

    /// <returns>
    /// The names of the Gateway below a wildcard of the exposure that the Gateway serves. Istio skips a server that has a host of an older
    /// one (istio/istio, pilot/pkg/model/gateway.go, CheckDuplicates). A server that passes TLS through needs a VirtualService.
    /// </returns>
    public static IEnumerable<string> NarrowerNames(
        KeyValuePair<ObjectRef, JsonObject> gateway,
        ExposureSpec exposure,
        GatewayPods pods,
        IReadOnlyDictionary<ObjectRef, JsonObject> others
    ) =>
        from server in Servers(gateway.Value, exposure, pods).Select(server => server.Item)
        where exposure.Protocol == ExposureProtocol.Tls && TlsProtocols.Contains(Protocol(server))
        let names = server.Texts("hosts").Select(IstioHosts.Name).ToList()
        where !names.Exists(name => exposure.Hosts.Contains(name, StringComparer.OrdinalIgnoreCase))
        from name in names
        where exposure.Hosts.Any(host => IstioHosts.Covers(host, name))
        where !PassesThrough(server) || FindHolder(gateway.Key, exposure with { SniHosts = [name] }, others) is not null
        select name;

    /// <returns>
    /// The VirtualService of others that routes a name of the exposure at the Gateway. Without one, a wildcard of the Gateway leads nowhere
    /// for the names of the exposure, and nobody else holds them.
    /// </returns>
    public static ObjectRef? FindHolder(
        ObjectRef gateway,
        ExposureSpec exposure,
        IEnumerable<KeyValuePair<ObjectRef, JsonObject>> others
    ) =>
        others
            .Where(found =>
                found.Key.Kind == ObjectKind.VirtualService
                && ForeignRoute.Names(found.Value, $"{gateway.Namespace}/{gateway.Name}")
                && IstioHosts.Overlap(exposure.Hosts, found.Value["spec"].Texts("hosts"))
            )
            .Select(found => found.Key)
            .FirstOrDefault();

    /// <param name="holder">The VirtualService that routes a name of the exposure; null where the server itself is the conflict.</param>
    public static Observation Conflict(ObjectRef gateway, JsonObject server, ExposureSpec exposure, ObjectRef? holder) =>
        Observation.False(
            Reasons.GatewayConflict,
            $"Port {exposure.Port} is already claimed by Gateway {gateway.Namespace}/{gateway.Name} ({Protocol(server)}, "
                + $"hosts {string.Join(", ", server.Texts("hosts"))}), which selects the pods of the same gateway. "
                + (
                    holder is not null ? $"{holder} routes a name of the exposure there. Remove it from that object, or choose other names."
                    : exposure.Port == GatewayPort.Shared && TlsProtocols.Contains(Protocol(server))
                        ? "Remove the common hosts from that server, or choose other names."
                    : "Remove that server, or choose another port."
                )
        );

    private static bool PassesThrough(JsonObject server) =>
        $"{server["tls"]?["mode"]}".EndsWith("PASSTHROUGH", StringComparison.OrdinalIgnoreCase);

    public static string Protocol(JsonObject server) => $"{server["port"]?["protocol"]}".ToUpperInvariant();
}
