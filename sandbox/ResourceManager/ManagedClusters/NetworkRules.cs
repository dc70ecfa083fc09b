using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Network;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// AKS's validation of a cluster's network: incompatible plugins, overlapping or reserved ranges, and subnets that are missing, in use or
/// too small.
/// </summary>
internal sealed class NetworkRules(ResourceStore resources)
{
    private const int ReservedAddresses = 5;
    private const int PodAddressesPerNode = 256;
    private static readonly IPNetwork[] Reserved =
    [
        .. new[] { "169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24" }.Select(range => IPNetwork.Parse(range)),
    ];

    public void Check(string id, JsonObject properties)
    {
        var network = properties.Object("networkProfile") ?? [];
        CheckPlugin(network);
        var services = Range(network, "serviceCidr");
        var pods = Range(network, "podCidr");
        if (network.Text("dnsServiceIP") is { } dns && services is { } range)
        {
            CheckDns(Address(dns), range);
        }

        if (services is { } one && pods is { } other && AddressPrefixes.Overlap(one, other))
        {
            throw ArmErrors.InvalidParameter("networkProfile.podCidr", $"Pod CIDR {other} and service CIDR {one} overlap.");
        }

        var pools = properties.Objects("agentPoolProfiles");
        if (pods is { } room)
        {
            CheckRoom(
                pools.Sum(pool => MostNodes(pool)) * PodAddressesPerNode,
                Size(room),
                room,
                "networkProfile.podCIDR",
                "networkProfile.podCIDR"
            );
        }

        foreach (
            var subnet in pools
                .Where(pool => pool.Text("vnetSubnetID") is not null)
                .GroupBy(pool => pool.Text("vnetSubnetID"), StringComparer.OrdinalIgnoreCase)
        )
        {
            CheckSubnet(id, network, [.. subnet], services, pods);
        }
    }

    /// <summary>A system-assigned identity does not exist in time for a role on a customer's route table.</summary>
    public void CheckRouteTables(JsonObject properties, string? identityType)
    {
        if (
            properties.Text("networkProfile", "networkPlugin") == "kubenet"
            && string.Equals(identityType, "SystemAssigned", StringComparison.OrdinalIgnoreCase)
            && properties
                .Objects("agentPoolProfiles")
                .Any(pool => resources.Get(pool.Text("vnetSubnetID") ?? "")?.Text("properties", "routeTable", "id") is not null)
        )
        {
            throw new ArmException(
                400,
                "CustomRouteTableWithUnsupportedMSIType",
                "Clusters using managed identity type SystemAssigned do not support bringing your own route table. Please see "
                    + "https://aka.ms/aks/customrt for more information."
            )
            {
                ByProvider = true,
            };
        }
    }

    private static void CheckPlugin(JsonObject network)
    {
        var plugin = network.Text("networkPlugin");
        if (plugin is not ("azure" or "kubenet" or "none"))
        {
            throw ArmErrors.InvalidParameter(
                "networkProfile.networkPlugin",
                $"The value of parameter networkProfile.networkPlugin is invalid: '{plugin}'."
            );
        }

        if (network.Text("networkPluginMode") is { } mode && (mode != "overlay" || plugin != "azure"))
        {
            throw ArmErrors.InvalidParameter(
                "networkProfile.networkPluginMode",
                $"Network plugin mode '{mode}' is not supported with network plugin '{plugin}'."
            );
        }

        if (network.Text("networkDataplane") == "cilium" && plugin != "azure")
        {
            throw ArmErrors.BadRequest(
                $"Network dataplane 'cilium' requires network plugin 'azure', but it is '{plugin}'.",
                "networkProfile.networkDataplane"
            );
        }

        if (network.Text("networkPolicy") is { } policy and not "none" && (plugin, policy) is ("none", _) or ("kubenet", "azure"))
        {
            throw ArmErrors.BadRequest(
                $"Network policy '{policy}' is not supported with network plugin '{plugin}'.",
                "networkProfile.networkPolicy"
            );
        }

        if (network.Text("networkPolicy") == "cilium" && network.Text("networkDataplane") != "cilium")
        {
            throw ArmErrors.BadRequest("Network policy 'cilium' requires network dataplane 'cilium'.", "networkProfile.networkPolicy");
        }
    }

    private static void CheckDns(IPAddress dns, IPNetwork services)
    {
        if (!services.Contains(dns))
        {
            throw ArmErrors.InvalidParameter("networkProfile.dnsServiceIP", $"DNS service IP {dns} is not within service CIDR {services}.");
        }

        if (!dns.Equals(services.BaseAddress) && new IPNetwork(services.BaseAddress, 31).Contains(dns))
        {
            throw ArmErrors.InvalidParameter(
                "networkProfile.dnsServiceIP",
                $"DNS service IP {dns} must not be the first address of service CIDR {services}: that is the kubernetes Service's."
            );
        }
    }

    private void CheckSubnet(string id, JsonObject network, List<JsonObject> pools, IPNetwork? services, IPNetwork? pods)
    {
        var subnetId = pools[0].Text("vnetSubnetID") ?? "";
        if (resources.Get(subnetId) is not { } subnet)
        {
            throw new ArmException(
                400,
                "SubnetNotFound",
                $"Subnet '{subnetId}' of agent pool '{pools[0].Text("name")}' could not be found. Ensure that the virtual network and "
                    + "the subnet exist."
            )
            {
                Target = "agentPoolProfile.vnetSubnetID",
                ByProvider = true,
            };
        }

        // Checked when the subnet was written.
        var prefix = IPNetwork.Parse(subnet.Text("properties", "addressPrefix") ?? subnet.Texts("properties", "addressPrefixes")[0]);
        RefuseReserved(prefix, "agentPoolProfile.vnetSubnetID");
        if (services is { } service && AddressPrefixes.Overlap(service, prefix))
        {
            throw new ArmException(
                400,
                "ServiceCidrOverlapExistingSubnetsCidr",
                $"The specified service CIDR {service} is conflicted with an existing subnet CIDR {prefix}."
            )
            {
                Target = "networkProfile.serviceCidr",
                ByProvider = true,
            };
        }

        if (pods is { } pod && AddressPrefixes.Overlap(pod, prefix))
        {
            throw new ArmException(
                400,
                "PodCidrOverlapExistingSubnetsCidr",
                $"The specified pod CIDR {pod} is conflicted with an existing subnet CIDR {prefix}."
            )
            {
                Target = "networkProfile.podCidr",
                ByProvider = true,
            };
        }

        RefuseShared(id, network, subnetId);
        CheckRoom(
            pools.Sum(pool => Addresses(network, pool)),
            Size(prefix) - ReservedAddresses,
            prefix,
            subnet.Text("name") ?? "",
            "agentPoolProfile.count"
        );
    }

    /// <summary>A kubenet cluster owns its subnet's only route table (reference domain.md, section 1.6).</summary>
    private void RefuseShared(string id, JsonObject network, string subnetId)
    {
        var neighbour = resources
            .OfType(id.Split('/')[2], ManagedClusterApi.Type)
            .FirstOrDefault(entry =>
                !string.Equals(entry.Id, id, StringComparison.OrdinalIgnoreCase)
                && (
                    network.Text("networkPlugin") == "kubenet"
                    || entry.Document.Text("properties", "networkProfile", "networkPlugin") == "kubenet"
                )
                && ClusterDocument
                    .Pools(entry.Document)
                    .Any(pool => string.Equals(pool.Text("vnetSubnetID"), subnetId, StringComparison.OrdinalIgnoreCase))
            );
        if (neighbour.Document is not null)
        {
            throw ArmErrors.BadRequest(
                $"Subnet '{subnetId}' is in use by managed cluster '{neighbour.Document.Text("name")}': a subnet with the route table "
                    + "of a kubenet cluster cannot be shared.",
                "agentPoolProfile.vnetSubnetID"
            );
        }
    }

    /// <summary>The autoscaler's maximum counts, because pools must have room to grow.</summary>
    private static long MostNodes(JsonObject pool) =>
        (long)Math.Max(pool.Number("count") ?? 0, pool.Flag("enableAutoScaling") == true ? pool.Number("maxCount") ?? 0 : 0);

    /// <summary>A node takes one address, plus one for each pod where pods use the nodes' subnet.</summary>
    private static long Addresses(JsonObject network, JsonObject pool) =>
        MostNodes(pool)
        * (
            network.Text("networkPlugin") == "azure" && network.Text("networkPluginMode") != "overlay"
                ? 1 + (pool.Number("maxPods") ?? 0)
                : 1
        );

    private static void CheckRoom(long needed, long available, IPNetwork range, string name, string target)
    {
        if (needed > available)
        {
            throw new ArmException(
                400,
                "InsufficientSubnetSize",
                $"Pre-allocated IPs {needed} exceeds IPs available {available} in Subnet Cidr {range}, Subnet Name {name}. If "
                    + "Autoscaler is enabled, the max-count from each nodepool is counted towards this total (which means that "
                    + "pre-allocated IPs count represents a theoretical max value, not the actual number of IPs requested). "
                    + "http://aka.ms/aks/insufficientsubnetsize"
            )
            {
                Target = target,
                ByProvider = true,
                Flat = true,
            };
        }
    }

    private static long Size(IPNetwork range) => 1L << Math.Min(62, (range.BaseAddress.GetAddressBytes().Length * 8) - range.PrefixLength);

    private static IPNetwork? Range(JsonObject network, string name)
    {
        if (network.Text(name) is not { } text)
        {
            return null;
        }

        if (!IPNetwork.TryParse(text, out var range))
        {
            throw ArmErrors.InvalidParameter(
                $"networkProfile.{name}",
                $"The value of parameter networkProfile.{name} is not a CIDR: '{text}'."
            );
        }

        RefuseReserved(range, $"networkProfile.{name}");
        return range;
    }

    private static void RefuseReserved(IPNetwork range, string target)
    {
        foreach (var reserved in Reserved.Where(reserved => AddressPrefixes.Overlap(reserved, range)))
        {
            throw ArmErrors.InvalidParameter(
                target,
                $"The CIDR {range} overlaps with {reserved}, which AKS reserves. AKS clusters may not use 169.254.0.0/16, "
                    + "172.30.0.0/16, 172.31.0.0/16 or 192.0.2.0/24."
            );
        }
    }

    private static IPAddress Address(string text) =>
        IPAddress.TryParse(text, out var address)
            ? address
            : throw ArmErrors.InvalidParameter("networkProfile.dnsServiceIP", $"'{text}' is not an IP address.");
}
