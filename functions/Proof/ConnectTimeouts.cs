using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Model;

namespace MeshPort.Proof;

/// <summary>
/// How long a gateway tries to connect to the backends of an exposure, pure: the longest connectTimeout of the DestinationRules of others
/// that may apply to them, and no less than Istio's default. MeshPort's own rules set none. Which rule Istio applies depends on namespaces,
/// exports and age; a time that is too long costs a little, one that is too short proves nothing.
/// </summary>
internal static partial class ConnectTimeouts
{
    public static TimeSpan Of(ExposureSpec spec, IReadOnlyList<JsonObject> rules) =>
        rules
            .Where(rule => spec.Backends.Any(backend => MayApply(rule, backend.Host)))
            .SelectMany(rule => Times(rule["spec"]))
            .Append(OpenTime.DefaultConnectTimeout)
            .Max();

    /// <summary>Whether the rule names the host: as it is, by a short name of the rule's namespace, or by a wildcard.</summary>
    private static bool MayApply(JsonObject rule, string host)
    {
        var named = rule["spec"]?["host"]?.GetValue<string>() ?? "";
        var home = rule["metadata"]?["namespace"]?.GetValue<string>() ?? "";
        return named == "*"
            || named.Equals(host, StringComparison.OrdinalIgnoreCase)
            || (named.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(named[1..], StringComparison.OrdinalIgnoreCase))
            || (!named.Contains('.', StringComparison.Ordinal) && host == $"{named}.{home}.svc.cluster.local");
    }

    private static IEnumerable<TimeSpan> Times(JsonNode? spec) =>
        Policies(spec)
            .Select(policy => policy?["connectionPool"]?["tcp"]?["connectTimeout"]?.GetValue<string>())
            .OfType<string>()
            .Select(Parse);

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

    /// <summary>A duration as Go writes it, such as <c>1m30s</c>. One that cannot be read counts as endless.</summary>
    private static TimeSpan Parse(string text) =>
        Whole().IsMatch(text)
            ? TimeSpan.FromMilliseconds(
                Part()
                    .Matches(text)
                    .Sum(part =>
                        Math.Min(double.Parse(part.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.MaxValue)
                        * part.Groups[2].Value switch
                        {
                            "h" => 3_600_000,
                            "m" => 60_000,
                            "s" => 1000,
                            "ms" => 1,
                            _ => 0,
                        }
                    )
            )
            : TimeSpan.MaxValue;

    [GeneratedRegex(@"\A(?:[0-9]+(?:\.[0-9]+)?(?:h|m|s|ms|us|ns))+\z")]
    private static partial Regex Whole();

    [GeneratedRegex(@"([0-9]+(?:\.[0-9]+)?)(h|ms|m|s|us|ns)")]
    private static partial Regex Part();
}
