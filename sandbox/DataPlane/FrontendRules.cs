using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>How Azure's load balancer and kube-proxy apply a Service's fields and annotations (domain facts, section 6).</summary>
internal static partial class FrontendRules
{
    private const string AllowedRanges = "azure-allowed-ip-ranges";
    private const string AllowedTags = "azure-allowed-service-tags";
    private const string IdleTimeout = "azure-load-balancer-tcp-idle-timeout";
    private const int ShortestIdleMinutes = 4;
    private const int LongestIdleMinutes = 100;

    /// <summary>
    /// The sources that may connect. Null: all. kube-proxy enforces <c>loadBalancerSourceRanges</c>, the nodes' security group enforces the
    /// annotations. An internal address accepts clients of the virtual network only, whatever the annotations say.
    /// </summary>
    /// <param name="inside">The range that stands for the virtual network.</param>
    /// <param name="isIpv6">The family of the address. The nodes' security group lets nobody in for a family without ranges.</param>
    public static IReadOnlyList<IPNetwork>? Sources(JsonObject service, IPNetwork inside, bool isIpv6)
    {
        var ranges = service.Items("spec", "loadBalancerSourceRanges").Select(range => range.ToString()).ToArray();
        var annotated = Annotation(service, AllowedRanges)?.Split(',') ?? [];
        if (IsInternal(service))
        {
            return ranges.Length == 0
                ? [inside]
                : [.. Parse(ranges, isIpv6).Select(range => Intersection(range, inside)).OfType<IPNetwork>()];
        }

        return ranges.Length > 0 ? [.. Parse(ranges, isIpv6)]
            // With a range that is none, the cloud provider fails and leaves the security group as it was.
            : annotated.Length > 0 && Array.TrueForAll(annotated, IsRange) ? [.. Parse(annotated, isIpv6)]
            : Annotation(service, AllowedTags) is { } tags
            && !tags.Split(',').Any(tag => tag.Trim().Equals("Internet", StringComparison.OrdinalIgnoreCase))
                ? [] // no other tag contains loopback
            : null;
    }

    /// <summary>
    /// Whether a rule denies every port of the Service's addresses. A Service without sources that shares one has no rule before it, when
    /// the address is internal (cloud-provider-azure, accesscontrol.go).
    /// </summary>
    public static bool DeniesOthers(JsonObject service) =>
        IsInternal(service) && Annotation(service, "azure-deny-all-except-load-balancer-source-ranges") == "true" && HasSources(service);

    public static bool HasSources(JsonObject service) =>
        service.Items("spec", "loadBalancerSourceRanges").Any() || Annotation(service, AllowedRanges) is not null;

    /// <summary>The reason why the cloud provider cannot use the Service's annotations, and so writes no rule. Null when it can.</summary>
    public static string? Invalid(JsonObject service) =>
        Annotation(service, AllowedRanges)?.Split(',').FirstOrDefault(range => !IsRange(range)) is { } bad
            ? $"invalid service annotation service.beta.kubernetes.io/{AllowedRanges}: {bad.Trim()}"
        : service.Items("spec", "loadBalancerSourceRanges").Any() && Annotation(service, AllowedTags) is not null
            ? "both of spec.loadBalancerSourceRanges and annotation service.beta.kubernetes.io/azure-allowed-service-tags are specified"
        : DnsLabel(service) is { } label && !DnsName().IsMatch(label)
            ? $"InvalidDomainNameLabel: The domain name label {label} is invalid. It must conform to the following regular expression: "
                + "^[a-z][a-z0-9-]{1,61}[a-z0-9]$."
        : Annotation(service, IdleTimeout) is { } idle && Minutes(idle) is null
            ? $"error parsing idle timeout key: service.beta.kubernetes.io/{IdleTimeout}, err: idle timeout value must be a whole number "
                + $"representing minutes between {ShortestIdleMinutes} and {LongestIdleMinutes}, actual value: {idle}"
        : service.Items("spec", "ports").Select(port => HealthProbes.Invalid(service, port)).FirstOrDefault(problem => problem is not null);

    /// <summary>The name that the public address gets. Null for an internal load balancer.</summary>
    public static string? DnsLabel(JsonObject service) => IsInternal(service) ? null : Annotation(service, "azure-dns-label-name");

    public static IdleRule Idle(JsonObject service) =>
        new(
            Annotation(service, IdleTimeout) is { } idle && Minutes(idle) is { } minutes
                ? TimeSpan.FromMinutes(minutes)
                : IdleRule.OfLoadBalancer.After,
            Annotation(service, "azure-load-balancer-disable-tcp-reset") == "true" ? IdleEnd.Silence : IdleEnd.Reset
        );

    /// <summary>Whether the Service's address belongs to the virtual network.</summary>
    public static bool IsInternal(JsonObject service) => Annotation(service, "azure-load-balancer-internal") == "true";

    /// <summary>
    /// The destination of a packet at the nodes' subnet. It is the load balancer's address, unless the rule has no floating address: an
    /// annotation says so, or a private link service needs it (cloud-provider-azure, loadbalancer.md and private-link-service.md).
    /// </summary>
    public static IPEndPoint Destination(JsonObject service, JsonNode port, IPEndPoint frontend, IPAddress node) =>
        Annotation(service, "azure-disable-load-balancer-floating-ip") == "true"
        || Annotation(service, "azure-pls-create") == "true"
        || (IsInternal(service) && AddressFamilies.IsIpv6(frontend)) // cloud-provider-azure, #1698
            ? new IPEndPoint(node, (int)(port.Number("nodePort") ?? 0))
            : frontend;

    public static string? Annotation(JsonObject service, string name) =>
        service.Strings("metadata", "annotations").GetValueOrDefault("service.beta.kubernetes.io/" + name) is { Length: > 0 } value
            ? value
            : null;

    [GeneratedRegex("^[a-z][a-z0-9-]{1,61}[a-z0-9]$")]
    private static partial Regex DnsName();

    /// <returns>Null for a text that the cloud provider refuses.</returns>
    private static int? Minutes(string text) =>
        int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var minutes)
        && minutes is >= ShortestIdleMinutes and <= LongestIdleMinutes
            ? minutes
            : null;

    private static bool IsRange(string text) => IPNetwork.TryParse(text.Trim(), out _);

    private static IEnumerable<IPNetwork> Parse(IEnumerable<string> ranges, bool isIpv6) =>
        ranges
            .Select(range => IPNetwork.TryParse(range.Trim(), out var network) ? AddressFamilies.Range(network, isIpv6) : null)
            .OfType<IPNetwork>();

    /// <summary>Two ranges are either disjoint, or one contains the other.</summary>
    private static IPNetwork? Intersection(IPNetwork one, IPNetwork other) =>
        one.Contains(other.BaseAddress) ? other
        : other.Contains(one.BaseAddress) ? one
        : null;
}
