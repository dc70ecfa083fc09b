using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// AKS's rules for the IP families of a cluster (AKS documentation, "Use dual-stack networking" and "Configure Azure CNI Overlay
/// networking"). The wording is not measured. Where the pages differ about kubenet, the newer one counts: it needs Azure CNI Overlay.
/// </summary>
internal static class DualStackRules
{
    private const string Field = "networkProfile.ipFamilies";
    private const int LongestServiceRange = 108;

    public static void Check(JsonObject network, IReadOnlyList<JsonObject> pools, ResourceStore resources)
    {
        var families = network.Texts("ipFamilies");
        if (families is [] or ["IPv4"])
        {
            return;
        }

        if (families is not ["IPv4", "IPv6"])
        {
            throw ArmErrors.InvalidParameter(
                Field,
                "A cluster with IPv6 must also have IPv4 (dual-stack). Only [IPv4] and [IPv4, IPv6] are supported."
            );
        }

        if (network.Text("networkPluginMode") != "overlay")
        {
            throw ArmErrors.InvalidParameter(Field, "Dual-stack networking requires Azure CNI Overlay.");
        }

        if (network.Text("outboundType") is "managedNATGateway" or "userAssignedNATGateway")
        {
            throw ArmErrors.InvalidParameter("networkProfile.outboundType", "Dual-stack networking does not support NAT gateways.");
        }

        if (network.Text("networkPolicy") is { } policy and ("azure" or "calico"))
        {
            throw ArmErrors.InvalidParameter(
                "networkProfile.networkPolicy",
                $"Dual-stack networking does not support the network policy '{policy}'."
            );
        }

        CheckRanges(network, "podCidrs", longest: 128);
        CheckRanges(network, "serviceCidrs", LongestServiceRange);
        foreach (var subnet in pools.Select(pool => pool.Text("vnetSubnetID")).OfType<string>().Distinct())
        {
            if (resources.Get(subnet) is { } document && !document.Texts("properties", "addressPrefixes").Any(IsIpv6))
            {
                throw ArmErrors.InvalidParameter(
                    "agentPoolProfile.vnetSubnetID",
                    $"Subnet {subnet} has no IPv6 address prefix, which a dual-stack cluster requires."
                );
            }
        }
    }

    /// <summary>AKS adds IPv6 to a cluster with Azure CNI Overlay, and does not take it away.</summary>
    public static void CheckUnchanged(JsonObject network, JsonObject before)
    {
        if (before.Texts("ipFamilies").Count > 1 && network.Texts("ipFamilies").Count < 2)
        {
            throw ArmErrors.BadRequest("Changing a dual-stack cluster to a single IP family is not allowed.", Field);
        }
    }

    /// <summary>One range for each family, in their order.</summary>
    private static void CheckRanges(JsonObject network, string name, int longest)
    {
        var ranges = network.Texts(name);
        if (ranges.Count != 2 || IsIpv6(ranges[0]) || !IsIpv6(ranges[1]))
        {
            throw ArmErrors.InvalidParameter(
                $"networkProfile.{name}",
                $"The count and order of {name} must match ipFamilies, but it is [{string.Join(", ", ranges)}]."
            );
        }

        if (longest == LongestServiceRange && IPNetwork.Parse(ranges[1]).PrefixLength < longest)
        {
            throw ArmErrors.InvalidParameter($"networkProfile.{name}", $"The IPv6 service CIDR can be no larger than a /{longest}.");
        }
    }

    private static bool IsIpv6(string range) =>
        IPNetwork.TryParse(range, out var network) && network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
}
