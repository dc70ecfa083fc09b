using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>A family of IP addresses, in the spelling of AKS and Kubernetes (<c>ipFamilies</c>).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<IpFamily>))]
public enum IpFamily
{
    IPv4,
    IPv6,
}

/// <summary>The families of addresses and ranges, and of an exposure.</summary>
internal static class IpFamilies
{
    /// <summary>
    /// Source prefixes that let nobody in, by family: reserved for documentation (RFC 5737, RFC 3849), so no client has such an address.
    /// If a subnet of Azure has the prefix, Azure keeps these addresses for itself.
    /// </summary>
    public static readonly IReadOnlyList<string> Nobody = ["192.0.2.1/32", "2001:db8::1/128"];

    public static IpFamily Of(string address) => address.Contains(':', StringComparison.Ordinal) ? IpFamily.IPv6 : IpFamily.IPv4;

    /// <summary>An address before a port: those of IPv6 have brackets (RFC 3986).</summary>
    public static string Host(string address) => Of(address) == IpFamily.IPv6 ? $"[{address}]" : address;

    /// <summary>An address and a port as one text.</summary>
    public static string Endpoint(string address, int port) => $"{Host(address)}:{port}";

    /// <param name="sources">The allowed sources; empty allows all.</param>
    public static bool HasIpv4(IReadOnlyCollection<string> sources) =>
        sources.Count == 0 || sources.Any(source => Of(source) == IpFamily.IPv4);

    /// <summary>
    /// Whether clients reach an exposure over IPv6, too. A Service has one list of sources for both families, and kube-proxy lets everybody
    /// in for a family without sources. So sources of IPv4 alone give an exposure IPv4 alone.
    /// </summary>
    /// <param name="sources">The allowed sources; empty allows all.</param>
    public static bool HasIpv6(ClusterSpec cluster, GatewayKind gateway, IReadOnlyCollection<string> sources) =>
        cluster.IsDualStack
        && gateway == GatewayKind.External
        && (sources.Count == 0 || sources.Any(source => Of(source) == IpFamily.IPv6));
}
