using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Gateways;

/// <summary>Azure's annotations on a Service (cloud-provider-azure, loadbalancer.md).</summary>
internal static class LoadBalancer
{
    public const string Internal = "service.beta.kubernetes.io/azure-load-balancer-internal";
    public const string DenyOthers = "service.beta.kubernetes.io/azure-deny-all-except-load-balancer-source-ranges";
    public const string AllowedRanges = "service.beta.kubernetes.io/azure-allowed-ip-ranges";
    public const string IdleTimeout = "service.beta.kubernetes.io/azure-load-balancer-tcp-idle-timeout";

    public static readonly IReadOnlyList<string> All = [Internal, DenyOthers, AllowedRanges, IdleTimeout, .. AddressAnnotations.All];

    /// <summary>
    /// The longest idle timeout of the exposures in whole minutes, since it applies to the whole Service. Envoy applies the exact one.
    /// Null when no exposure has one.
    /// </summary>
    public static string? IdleMinutes(IEnumerable<NamedExposure> exposures) =>
        exposures.Max(exposure => exposure.Spec.IdleTimeout) is { } longest
            ? Math.Ceiling(longest.TotalMinutes).ToString(CultureInfo.InvariantCulture)
            : null;

    /// <summary>
    /// The address of a Service of type LoadBalancer; null while it has none. Of two, that of IPv4, since Azure lists them in any order.
    /// </summary>
    public static string? Address(JsonObject service) => Address(service, IpFamily.IPv4) ?? Addresses(service).FirstOrDefault();

    /// <summary>The items of an annotation with a list.</summary>
    public static List<string> Items(string? list) =>
        [.. (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    /// <returns>The address of one family; null while the Service has none.</returns>
    public static string? Address(JsonObject service, IpFamily family) =>
        Addresses(service).FirstOrDefault(address => IpFamilies.Of(address) == family);

    private static IEnumerable<string> Addresses(JsonObject service) =>
        (service["status"]?["loadBalancer"]?["ingress"] as JsonArray ?? []).Select(one => one?["ip"]?.GetValue<string>()).OfType<string>();
}
