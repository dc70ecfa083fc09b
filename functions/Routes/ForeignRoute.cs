using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// A route of others at a Gateway of MeshPort, pure. Wire shapes: VirtualService of networking.istio.io/v1; TCPRoute and TLSRoute of
/// gateway.networking.k8s.io.
/// </summary>
internal static class ForeignRoute
{
    private static readonly string[] OfRules = ["http", "tls", "tcp"];

    /// <summary>Whether a VirtualService routes connections of an exposure's Gateway.</summary>
    /// <param name="gateway">The Gateway as <c>namespace/name</c>.</param>
    public static bool IsBound(JsonObject service, string gateway, ExposureSpec exposure)
    {
        var home = service.Namespace();
        var spec = service["spec"];
        var isTls = exposure.PassesTlsThrough;
        var bound = References(spec, home);
        return (exposure.Protocol != ExposureProtocol.Tls || IstioHosts.Overlap(exposure.Hosts, spec.Texts("hosts")))
            && (spec?[isTls ? "tls" : "tcp"] as JsonArray ?? [])
                .Select(rule => rule.Items("match").DefaultIfEmpty([]))
                .Any(matches =>
                    matches.Any(match =>
                        (match["gateways"] is JsonArray { Count: > 0 } ? References(match, home) : bound).Contains(gateway)
                        && (match["port"] is null || $"{match["port"]}" == $"{exposure.Port}")
                        && (!isTls || match["sniHosts"] is null || IstioHosts.Overlap(exposure.SniHosts, match.Texts("sniHosts")))
                    )
                );
    }

    /// <summary>Whether a VirtualService, or a match of it, names a Gateway.</summary>
    /// <inheritdoc cref="IsBound"/>
    public static bool Names(JsonObject service, string gateway)
    {
        var home = service.Namespace();
        var spec = service["spec"];
        return References(spec, home).Contains(gateway)
            || OfRules
                .SelectMany(rules => spec.Items(rules))
                .SelectMany(rule => rule.Items("match"))
                .Any(match => References(match, home).Contains(gateway));
    }

    /// <summary>Whether a route of the Gateway API is attached to an exposure's listener.</summary>
    public static bool IsAttached(ObjectKind kind, JsonObject route, GatewayService gateway, ExposureSpec exposure)
    {
        var isTls = exposure.Protocol == ExposureProtocol.Tls;
        return kind == (isTls ? ObjectKind.TlsRoute : ObjectKind.TcpRoute)
            && (
                !isTls
                || route["spec"]?["hostnames"] is not JsonArray { Count: > 0 }
                || IstioHosts.Overlap(exposure.SniHosts, route["spec"].Texts("hostnames"))
            )
            && (route["spec"]?["parentRefs"] as JsonArray ?? []).Any(parent =>
                parent?["kind"]?.ToString() is null or "Gateway"
                && $"{parent?["name"]}" == PortGroup.Of(exposure).Name
                && (parent?["namespace"]?.ToString() ?? route.Namespace()) == gateway.Namespace
                && (parent?["sectionName"] is null || $"{parent["sectionName"]}" == ObjectNames.Listener(exposure))
                && (parent?["port"] is null || $"{parent["port"]}" == $"{exposure.Port}")
            );
    }

    public static Observation Conflict(ObjectRef route, ExposureSpec exposure) =>
        Observation.False(
            Reasons.RouteConflict,
            $"{route} belongs to others and routes connections to port {exposure.Port} of MeshPort's Gateway. "
                + "Remove that reference to the Gateway."
        );

    /// <returns>The Gateways that a VirtualService or a match names, as <c>namespace/name</c>.</returns>
    public static IEnumerable<string> References(JsonNode? node, string home) =>
        node.Texts("gateways")
            .Select(reference =>
                !reference.Contains('/', StringComparison.Ordinal) ? $"{home}/{reference}"
                : reference.StartsWith("./", StringComparison.Ordinal) ? $"{home}{reference[1..]}"
                : reference
            );
}
