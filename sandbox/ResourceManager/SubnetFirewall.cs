using System.Net;
using MeshPort.Sandbox.ResourceManager.Network;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>What the network security group of a subnet lets in.</summary>
internal sealed class SubnetFirewall(SandboxWorld world)
{
    // The address that Azure's health probes come from: what the service tag AzureLoadBalancer stands for.
    private static readonly IPAddress ProbeAddress = IPAddress.Parse("168.63.129.16");

    /// <summary>Whether inbound TCP is allowed; true when the subnet is null, gone, or has no network security group.</summary>
    public bool Allows(string? subnetId, IPAddress source, IPAddress destination, int destinationPort)
    {
        var resources = new ResourceStore(world);
        if (subnetId is null || resources.Get(subnetId)?.Text("properties", "networkSecurityGroup", "id") is not { } groupId || resources.Get(groupId) is null)
        {
            return true;
        }

        // By default the public addresses of this world are on the Internet, and so is whoever dials them; the network is what its address space says.
        var networkId = subnetId[..subnetId.LastIndexOf("/subnets/", StringComparison.OrdinalIgnoreCase)];
        var space = resources.Get(networkId)?.Texts("properties", "addressSpace", "addressPrefixes") ?? [];
        bool InNetwork(IPAddress address) => space.Any(prefix => AddressPrefixes.Matches(prefix, address));
        bool InTag(string tag, IPAddress address) => tag.ToUpperInvariant() switch
        {
            "INTERNET" => !InNetwork(address) && !address.Equals(ProbeAddress),
            "VIRTUALNETWORK" => InNetwork(address),
            "AZURELOADBALANCER" => address.Equals(ProbeAddress),
            _ => false,
        };

        var deciding = resources.Children(groupId + "/securityRules")
            .Select(entry => entry.Document)
            .Where(rule => rule[NetworkWrites.New] is null) // a rule is in effect once its first write has ended
            .Concat(SecurityRule.Defaults(groupId))
            .OrderBy(rule => rule.Number("properties", "priority"))
            .First(rule => SecurityRule.Speaks(rule, source, destination, destinationPort, InTag)); // the last default speaks of everything
        return string.Equals(deciding.Text("properties", "access"), "Allow", StringComparison.OrdinalIgnoreCase);
    }
}
