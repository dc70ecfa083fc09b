using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// How long a gateway tries to connect to the backends of an exposure, pure: the longest connectTimeout of the DestinationRules of others
/// that may apply to them, and no less than Istio's default. MeshPort's own rules set none. Which rule Istio applies depends on namespaces,
/// exports and age; a time that is too long costs a little, one that is too short proves nothing.
/// </summary>
internal static class ConnectTimeouts
{
    public static TimeSpan Of(ExposureSpec spec, IReadOnlyList<JsonObject> rules) =>
        rules
            .Where(rule => spec.Backends.Any(backend => IstioHosts.Covers(IstioHosts.OfRule(rule), backend.Host)))
            .SelectMany(rule => Times(rule["spec"]))
            .Append(OpenTime.DefaultConnectTimeout)
            .Max();

    /// <summary>A duration that cannot be read counts as endless.</summary>
    private static IEnumerable<TimeSpan> Times(JsonNode? spec) =>
        Policies(spec)
            .Select(policy => policy?["connectionPool"]?["tcp"]?["connectTimeout"]?.GetValue<string>())
            .OfType<string>()
            .Select(text => IstioDuration.Parse(text) ?? TimeSpan.MaxValue);

    /// <summary>The policies of the host, of its ports, and of its subsets.</summary>
    private static IEnumerable<JsonNode?> Policies(JsonNode? spec)
    {
        IEnumerable<JsonNode?> whole =
        [
            spec?["trafficPolicy"],
            .. (spec?["subsets"] as JsonArray ?? []).Select(subset => subset?["trafficPolicy"]),
        ];
        return whole.SelectMany(policy => (policy?["portLevelSettings"] as JsonArray ?? []).Prepend(policy));
    }
}
