using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Network;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>What AKS refuses in the body of a cluster whose defaults have been filled in.</summary>
internal sealed class ClusterRules(ResourceStore resources)
{
    // Set once, when the cluster is made.
    private static readonly string[][] Immutable =
    [
        ["dnsPrefix"], ["nodeResourceGroup"], ["networkProfile", "podCidr"], ["networkProfile", "serviceCidr"], ["networkProfile", "dnsServiceIP"], ["networkProfile", "loadBalancerSku"],
    ];

    public void Check(string location, JsonObject properties, JsonObject? before)
    {
        CheckPools(location, properties);
        CheckNetwork(properties);
        CheckAccess(properties);
        if (before is not null)
        {
            CheckUnchanged(properties, before);
        }
    }

    private static void CheckPools(string location, JsonObject properties)
    {
        var pools = properties.Objects("agentPoolProfiles");
        if (pools.Count == 0)
        {
            throw ArmErrors.InvalidParameter("agentPoolProfiles", "Required parameter agentPoolProfiles is missing (null).");
        }

        foreach (var pool in pools)
        {
            var name = pool.Text("name");
            if (string.IsNullOrEmpty(name) || name.Length > 12 || !char.IsAsciiLetterLower(name[0]) || !name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter)))
            {
                throw ArmErrors.InvalidParameter("agentPoolProfile.name", $"The value of parameter agentPoolProfile.name is invalid: '{name}'. It must be 1 to 12 lower-case letters and digits and begin with a letter.");
            }

            if (pool.Number("count") is not (>= 1 and <= 1000) && pool.Text("mode") != "User")
            {
                throw ArmErrors.InvalidParameter("agentPoolProfile.count", $"The value of parameter agentPoolProfile.count is invalid: {pool["count"]?.ToJsonString() ?? "null"}. A system node pool has 1 to 1000 nodes.");
            }

            if (!VmSizes.Exists(pool.Text("vmSize") ?? ""))
            {
                throw ArmErrors.BadRequest($"The VM size of {pool.Text("vmSize")} is not allowed in your subscription in location '{location}'. See https://aka.ms/aks/vm-size-not-available for the sizes that are.", "agentPoolProfile.vmSize");
            }
        }

        if (pools.All(pool => pool.Text("mode") != "System"))
        {
            throw ArmErrors.InvalidParameter("agentPoolProfiles", "A cluster needs at least one node pool of mode System.");
        }
    }

    private void CheckNetwork(JsonObject properties)
    {
        var network = properties.Object("networkProfile") ?? [];
        var plugin = network.Text("networkPlugin");
        if (plugin is not ("azure" or "kubenet" or "none"))
        {
            throw ArmErrors.InvalidParameter("networkProfile.networkPlugin", $"The value of parameter networkProfile.networkPlugin is invalid: '{plugin}'.");
        }

        if (network.Text("networkPluginMode") is { } mode && (mode != "overlay" || plugin != "azure"))
        {
            throw ArmErrors.InvalidParameter("networkProfile.networkPluginMode", $"Network plugin mode '{mode}' is not supported with network plugin '{plugin}'.");
        }

        if (network.Text("networkDataplane") == "cilium" && plugin != "azure")
        {
            throw ArmErrors.BadRequest($"Network dataplane 'cilium' requires network plugin 'azure', but it is '{plugin}'.", "networkProfile.networkDataplane");
        }

        var services = Cidr(network, "serviceCidr");
        if (network.Text("dnsServiceIP") is { } dns && services is { } range && !AddressPrefixes.Matches(range.ToString(), Address(dns)))
        {
            throw ArmErrors.InvalidParameter("networkProfile.dnsServiceIP", $"DNS service IP {dns} is not within service CIDR {range}.");
        }

        var pods = Cidr(network, "podCidr");
        if (services is { } one && pods is { } other && AddressPrefixes.Overlap(one, other))
        {
            throw ArmErrors.InvalidParameter("networkProfile.podCidr", $"Pod CIDR {other} and service CIDR {one} overlap.");
        }

        foreach (var pool in properties.Objects("agentPoolProfiles"))
        {
            CheckSubnet(pool, services, pods);
        }
    }

    private void CheckSubnet(JsonObject pool, IPNetwork? services, IPNetwork? pods)
    {
        if (pool.Text("vnetSubnetID") is not { } id)
        {
            return;
        }

        if (resources.Get(id) is not { } subnet)
        {
            throw new ArmException(400, "SubnetNotFound", $"Subnet '{id}' of agent pool '{pool.Text("name")}' could not be found. Ensure that the virtual network and the subnet exist.") { Target = "agentPoolProfile.vnetSubnetID", ByProvider = true };
        }

        var prefix = IPNetwork.Parse(subnet.Text("properties", "addressPrefix") ?? subnet.Texts("properties", "addressPrefixes")[0]); // checked when the subnet was written
        if (services is { } service && AddressPrefixes.Overlap(service, prefix))
        {
            throw new ArmException(400, "ServiceCidrOverlapExistingSubnetsCidr", $"The specified service CIDR {service} is conflicted with an existing subnet CIDR {prefix}.") { Target = "networkProfile.serviceCidr", ByProvider = true };
        }

        if (pods is { } pod && AddressPrefixes.Overlap(pod, prefix))
        {
            throw new ArmException(400, "PodCidrOverlapExistingSubnetsCidr", $"The specified pod CIDR {pod} is conflicted with an existing subnet CIDR {prefix}.") { Target = "networkProfile.podCidr", ByProvider = true };
        }
    }

    private static void CheckAccess(JsonObject properties)
    {
        if (properties.Flag("disableLocalAccounts") == true && properties.Flag("aadProfile", "managed") != true)
        {
            throw ArmErrors.BadRequest("Disabling local accounts is only allowed on clusters with Microsoft Entra integration (aadProfile.managed).", "disableLocalAccounts");
        }
    }

    private static void CheckUnchanged(JsonObject properties, JsonObject before)
    {
        foreach (var path in Immutable)
        {
            if (before.Text(path) is { } was && properties.Text(path) != was)
            {
                throw NotAllowed(string.Join('.', path));
            }
        }

        foreach (var pool in properties.Objects("agentPoolProfiles"))
        {
            var old = before.Objects("agentPoolProfiles").FirstOrDefault(known => known.Text("name") == pool.Text("name"));
            foreach (var property in (string[])["vmSize", "vnetSubnetID", "osType"])
            {
                if (old is not null && !string.Equals(old.Text(property), pool.Text(property), StringComparison.OrdinalIgnoreCase))
                {
                    throw NotAllowed($"agentPoolProfile.{property}");
                }
            }
        }

        var (from, to) = (before.Text("networkProfile", "networkPlugin"), properties.Text("networkProfile", "networkPlugin"));
        if (from != to && (from, to) != ("kubenet", "azure"))
        {
            throw NotAllowed("networkProfile.networkPlugin");
        }
    }

    private static ArmException NotAllowed(string property) =>
        new(400, "PropertyChangeNotAllowed", $"Changing property '{property}' is not allowed.") { Target = property, ByProvider = true };

    private static IPNetwork? Cidr(JsonObject network, string name)
    {
        var text = network.Text(name);
        return text is null ? null
            : IPNetwork.TryParse(text, out var cidr) ? cidr
            : throw ArmErrors.InvalidParameter($"networkProfile.{name}", $"The value of parameter networkProfile.{name} is not a CIDR: '{text}'.");
    }

    private static IPAddress Address(string text) => IPAddress.TryParse(text, out var address)
        ? address
        : throw ArmErrors.InvalidParameter("networkProfile.dnsServiceIP", $"'{text}' is not an IP address.");
}
