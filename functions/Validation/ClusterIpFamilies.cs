using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Validation;

/// <summary>
/// Reads the field <c>ipFamilies</c> of a cluster's spec, and refuses what AKS, its load balancer or its Istio add-on cannot do over IPv6
/// ("Use dual-stack networking in AKS" and "Configure Azure CNI Overlay networking" of the AKS documentation; ADR 21).
/// </summary>
internal static class ClusterIpFamilies
{
    private const string Field = "ipFamilies";
    private const string Combination = "InvalidCombination";

    /// <summary>Azure takes no other length for the IPv6 prefix of a subnet.</summary>
    private const int SubnetLength = 64;

    public static readonly TextRule Prefix = new(text =>
        TryParse(text, out _) ? null : $"'{text}' is not an IPv6 prefix. Write a prefix in CIDR form, such as fd00:1300::/48."
    )
    {
        Pattern = "^[0-9a-f:]+/[0-9]{1,3}$",
    };

    public static IReadOnlyList<IpFamily> Read(SpecReader reader)
    {
        var families = reader.ChoiceList<IpFamily>(Field);
        if (families is [IpFamily.IPv4] or [IpFamily.IPv4, IpFamily.IPv6])
        {
            return families;
        }

        // An item that is no family has its own error.
        if (reader.Raw(Field) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == families.Count)
        {
            reader.Error(Field, "InvalidValue", "AKS has clusters with [IPv4], or with [IPv4, IPv6] in this order. Write one of these.");
        }

        return [IpFamily.IPv4];
    }

    /// <summary>The network and its IPv6 prefixes.</summary>
    public static void CheckNetwork(NetworkSpec network, bool isDualStack, SpecReader reader)
    {
        CheckPrefixes(isDualStack && network.SubnetId is null, reader);
        if (!TryParse(network.Ipv6SubnetPrefix ?? "", out var subnet))
        {
            return;
        }

        if (subnet.PrefixLength != SubnetLength)
        {
            reader.Error("ipv6SubnetPrefix", "OutOfRange", $"Azure takes IPv6 prefixes of length /{SubnetLength} for subnets. Write one.");
        }
        else if (
            TryParse(network.Ipv6AddressPrefix ?? "", out var vnet)
            && (vnet.PrefixLength > subnet.PrefixLength || !vnet.Contains(subnet.BaseAddress))
        )
        {
            reader.Error(
                "ipv6SubnetPrefix",
                "OutOfRange",
                $"Subnet {network.Ipv6SubnetPrefix} is outside the network {network.Ipv6AddressPrefix}. Choose a prefix inside it."
            );
        }
    }

    public static void Check(ClusterSpec cluster, SpecReader reader)
    {
        if (!cluster.IsDualStack)
        {
            return;
        }

        foreach (var problem in Problems(cluster))
        {
            reader.Error(Field, Combination, problem);
        }

        if (Find(Find(cluster.Extra, "networkProfile") as JsonObject, "networkPolicy")?.ToString() is "azure" or "calico")
        {
            reader.Error(
                "extra/networkProfile/networkPolicy",
                Combination,
                "AKS runs no azure or calico network policies on dual-stack clusters. Remove this property, or choose dataplane cilium."
            );
        }
    }

    private static IEnumerable<string> Problems(ClusterSpec cluster)
    {
        switch (cluster.Strategy)
        {
            case Strategy.ManagedService:
                yield return "The Istio add-on keeps its own Service on IPv4: AKS does not let others change its families. "
                    + "Choose strategy companionService, or remove IPv6.";
                break;
            case Strategy.GatewayApi:
                yield return "Istio makes Gateways of the Gateway API listen on IPv4 only, unless it runs with ISTIO_DUAL_STACK, which the "
                    + "add-on does not set. Choose strategy companionService, or remove IPv6.";
                break;
            default:
                break;
        }

        if (cluster.Mesh.Gateways.Contains(GatewayKind.Internal))
        {
            yield return "Azure's internal load balancer sends IPv6 to node ports, where sources cannot be restricted. "
                + "Remove internal from mesh.gateways, or remove IPv6.";
        }

        if (!cluster.Connection.IsAks)
        {
            yield break;
        }

        if (cluster.NetworkPlugin != NetworkPlugin.AzureOverlay)
        {
            yield return "AKS makes dual-stack clusters with Azure CNI Overlay only. Choose networkPlugin azure-overlay, or remove IPv6.";
        }

        if (cluster.OutboundType is OutboundType.ManagedNatGateway or OutboundType.UserAssignedNatGateway)
        {
            yield return "AKS has no NAT gateway for dual-stack clusters. Choose outboundType loadBalancer, or remove IPv6.";
        }
    }

    /// <param name="areNeeded">Whether MeshPort may make the network, and the cluster is dual-stack.</param>
    private static void CheckPrefixes(bool areNeeded, SpecReader reader)
    {
        foreach (var (name, example) in new[] { ("ipv6AddressPrefix", "fd00:1300::/48"), ("ipv6SubnetPrefix", "fd00:1300:0:1::/64") })
        {
            if (areNeeded && !reader.Has(name))
            {
                reader.Error(
                    name,
                    "Required",
                    $"A dual-stack cluster needs IPv6 in its network. Set '{name}', such as {example}, or remove IPv6 from ipFamilies."
                );
            }
            else if (!areNeeded && reader.Has(name))
            {
                reader.Error(
                    name,
                    Combination,
                    $"Only a dual-stack cluster with 'vnet' and 'subnet' has it. Remove '{name}', or set ipFamilies to [IPv4, IPv6]."
                );
            }
        }
    }

    private static JsonNode? Find(JsonObject? place, string name) =>
        place?.FirstOrDefault(property => string.Equals(property.Key, name, StringComparison.OrdinalIgnoreCase)).Value;

    private static bool TryParse(string text, out IPNetwork prefix) =>
        IPNetwork.TryParse(text, out prefix)
        && prefix.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6
        && prefix.ToString() == text;
}
