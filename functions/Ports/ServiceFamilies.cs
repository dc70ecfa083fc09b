using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// The families of the addresses of a companion Service, pure (Kubernetes documentation, "IPv4/IPv6 dual-stack"). Fields that a
/// single-stack Service does not need stay unset.
/// <code>
/// wanted         the Service                 fields
/// IPv4           absent, or single-stack     none
/// IPv4           dual-stack                  SingleStack, IPv4
/// IPv4 and IPv6  any                         RequireDualStack, IPv4 and IPv6
/// </code>
/// RequireDualStack makes the API server of a single-stack cluster refuse the Service; PreferDualStack would open IPv4 alone, and a cluster
/// that becomes dual-stack later would not add IPv6 by itself.
/// </summary>
/// <param name="HasIpv4">Whether clients of IPv4 may use the Service. It has an address of IPv4 in any case.</param>
internal sealed record ServiceFamilies(bool HasIpv4, bool HasIpv6, ClusterSpec Cluster)
{
    private const string Policy = "ipFamilyPolicy";
    private const string Families = "ipFamilies";

    public static ServiceFamilies Of(ClusterSpec spec, PortGroup group) =>
        new(IpFamilies.HasIpv4(group.AllowedSources), IpFamilies.HasIpv6(spec, group.Gateway, group.AllowedSources), spec);

    /// <summary>
    /// The source ranges of the Service. kube-proxy lets everybody in for a family of the Service that has none (kubernetes/kubernetes,
    /// pkg/proxy/serviceport.go), so such a family gets a range of nobody.
    /// </summary>
    public IEnumerable<string> Complete(IReadOnlyList<string> sources) =>
        HasIpv6
            ? [.. sources, .. IpFamilies.Nobody.Where(range => !sources.Any(one => IpFamilies.Of(one) == IpFamilies.Of(range)))]
            : sources;

    /// <param name="spec">Of the body of the Service.</param>
    /// <param name="observed">The Service as it is; null when it does not exist.</param>
    public void Write(JsonObject spec, JsonObject? observed)
    {
        if (HasIpv6)
        {
            spec[Policy] = "RequireDualStack";
            spec[Families] = TextArray.Of(Cluster.IpFamilies.Select(family => family.ToString()));
        }
        else if (observed?["spec"]?[Families] is JsonArray { Count: > 1 })
        {
            spec[Policy] = "SingleStack";
            spec[Families] = TextArray.Of([nameof(IpFamily.IPv4)]);
        }
    }
}
