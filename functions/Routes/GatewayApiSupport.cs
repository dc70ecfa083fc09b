using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// Whether a cluster serves the routes of the Gateway API that an exposure needs, pure: TLSRoute v1 from Istio 1.30, TCPRoute v1 from
/// Istio 1.31 (domain facts, sections 2.2 and 2.3).
/// </summary>
internal static partial class GatewayApiSupport
{
    /// <returns>The exposures that the cluster cannot serve, with the reason and the remedy.</returns>
    public static Dictionary<string, Observation> FindRefusals(IEnumerable<NamedExposure> exposures, ClusterObjects objects)
    {
        var minor = objects.ControlPlanes.Select(Minor).DefaultIfEmpty(0).Min();
        return exposures
            .Select(exposure => (exposure.Name, Refusal: Refusal(exposure.Spec, objects.GatewayApi, minor)))
            .Where(pair => pair.Refusal is not null)
            .ToDictionary(
                pair => pair.Name,
                pair => Observation.False(Reasons.StrategyNotServed, pair.Refusal ?? ""),
                StringComparer.Ordinal
            );
    }

    /// <summary>The missing part and the remedy; null when the cluster serves the protocol.</summary>
    private static string? Refusal(ExposureSpec exposure, IReadOnlySet<string> served, int minor) =>
        exposure.Protocol switch
        {
            _ when exposure.Certificate is not null =>
                "MeshPort lets a gateway end TLS with Istio's own Gateways only: with the Gateway API, that needs a TCPRoute at a TLS "
                    + "listener, which no documented version of AKS serves. Use strategy companionService, or tls.mode passthrough.",
            _ when !served.Contains(ObjectKind.ListenerGateway.Plural) =>
                "The cluster does not serve the Gateway API. Install it (ingressProfile.gatewayAPI), or use strategy companionService.",
            ExposureProtocol.Tls when !served.Contains(ObjectKind.TlsRoute.Plural) || minor < 30 =>
                $"TLSRoute v1 needs a Gateway API bundle from 1.5 (Kubernetes 1.36) and Istio from 1.30. "
                    + $"The cluster has {Has(served, ObjectKind.TlsRoute, minor)}. Upgrade it, or use strategy companionService.",
            ExposureProtocol.Tcp when !served.Contains(ObjectKind.TcpRoute.Plural) || minor < 31 =>
                $"TCPRoute v1 needs a Gateway API bundle from 1.6 and Istio from 1.31; earlier versions refuse TCP listeners. "
                    + $"The cluster has {Has(served, ObjectKind.TcpRoute, minor)}. Upgrade it, or use strategy companionService.",
            _ => null,
        };

    private static string Has(IReadOnlySet<string> served, ObjectKind route, int minor) =>
        $"{(served.Contains(route.Plural) ? "" : $"no {route.Name} and ")}"
        + $"{(minor == 0 ? "no Istio with a known version" : $"Istio 1.{minor}")}";

    /// <summary>
    /// The minor version of Istio 1.x, from the revision in the Deployment's name (the add-on) or from the image's tag; 0 when neither
    /// has it.
    /// </summary>
    private static int Minor(JsonObject controlPlane)
    {
        var name = controlPlane.Name();
        var image = controlPlane["spec"]?["template"]?["spec"]?["containers"]?[0]?["image"]?.GetValue<string>() ?? "";
        var match = RevisionRule().Match(name) is { Success: true } revision ? revision : TagRule().Match(image);
        return match.Success && int.TryParse(match.Groups[1].Value, out var minor) ? minor : 0;
    }

    [GeneratedRegex(@"asm-1-([0-9]{1,3})\z")]
    private static partial Regex RevisionRule();

    [GeneratedRegex(@":v?1\.([0-9]{1,3})(\.|-|\z)")]
    private static partial Regex TagRule();
}
