using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Network;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>Traffic that a subnet's network security group allows.</summary>
internal sealed class SubnetFirewall(SandboxWorld world)
{
    // The source address of Azure's health probes, behind the service tag AzureLoadBalancer.
    private static readonly IPAddress ProbeAddress = IPAddress.Parse("168.63.129.16");

    private static readonly IPNetwork Loopback = IPNetwork.Parse("127.0.0.0/8");

    private readonly ConcurrentDictionary<string, Rules> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether inbound TCP is allowed. True when the subnet is null, deleted, or without a network security group.</summary>
    public bool Allows(string? subnetId, IPAddress source, IPAddress destination, int destinationPort)
    {
        return subnetId is null || Known(subnetId).Allow(AddressFamilies.Client(source, destination), destination, destinationPort);
    }

    /// <summary>Whether Azure's health probes reach a port of a node.</summary>
    public bool AllowsProbes(string? subnetId, IPAddress node, int probedPort) => Allows(subnetId, ProbeAddress, node, probedPort);

    /// <summary>The loopback ranges that rules allow while they block 127.0.0.1. Null when 127.0.0.1 is allowed.</summary>
    public IReadOnlyList<IPNetwork>? Sources(string? subnetId, IPAddress destination, int destinationPort) =>
        Allows(subnetId, IPAddress.Loopback, destination, destinationPort)
            ? null
            :
            [
                .. Known(subnetId ?? "")
                    .Ranges(AddressFamilies.IsIpv6(destination))
                    .Where(range => Allows(subnetId, range.BaseAddress, destination, destinationPort)),
            ];

    private Rules Known(string subnetId)
    {
        var revision = world.Store.Revision(ResourceStore.Table);
        if (!_known.TryGetValue(subnetId, out var rules) || rules.Revision != revision)
        {
            _known[subnetId] = rules = Read(subnetId, revision); // read for every port several times a second, written rarely
        }

        return rules;
    }

    private Rules Read(string subnetId, long revision)
    {
        var resources = new ResourceStore(world);
        if (resources.Get(subnetId)?.Text("properties", "networkSecurityGroup", "id") is not { } groupId || resources.Get(groupId) is null)
        {
            return new Rules(revision, [], []);
        }

        var networkId = subnetId[..subnetId.LastIndexOf("/subnets/", StringComparison.OrdinalIgnoreCase)];
        return new Rules(
            revision,
            [
                .. resources
                    .Children(groupId + "/securityRules")
                    .Select(entry => entry.Document)
                    .Where(rule => rule[NetworkWrites.New] is null) // a rule takes effect when its first write ends
                    .Concat(NetworkSecurityRule.Defaults(groupId))
                    .OrderBy(rule => rule.Number("properties", "priority")),
            ],
            resources.Get(networkId)?.Texts("properties", "addressSpace", "addressPrefixes") ?? []
        );
    }

    /// <summary>The rules of a subnet by priority (empty when everything is allowed), and the address space of its network.</summary>
    private sealed record Rules(long Revision, IReadOnlyList<JsonObject> Ordered, IReadOnlyList<string> Space)
    {
        public bool Allow(IPAddress source, IPAddress destination, int port) =>
            Ordered.Count == 0
            || string.Equals(
                // The last default rule matches everything.
                Ordered.First(rule => NetworkSecurityRule.Matches(rule, source, destination, port, InTag)).Text("properties", "access"),
                "Allow",
                StringComparison.OrdinalIgnoreCase
            );

        public IEnumerable<IPNetwork> Ranges(bool isIpv6) =>
            Ordered
                .SelectMany(NetworkSecurityRule.Sources)
                .Select(prefix => prefix.Contains('/', StringComparison.Ordinal) ? prefix : $"{prefix}/{(isIpv6 ? 128 : 32)}")
                .Select(prefix => IPNetwork.TryParse(prefix, out var range) ? AddressFamilies.Range(range, isIpv6) : null)
                .OfType<IPNetwork>()
                .Where(range => Loopback.Contains(range.BaseAddress))
                .Distinct();

        // By default the public addresses of this world and their clients are on the Internet. The virtual network is its address space,
        // and the address of the host, from which probes come (Azure, service tags overview).
        private bool InTag(string tag, IPAddress address) =>
            tag.ToUpperInvariant() switch
            {
                "INTERNET" => !InNetwork(address) && !address.Equals(ProbeAddress),
                "VIRTUALNETWORK" => InNetwork(address) || address.Equals(ProbeAddress),
                "AZURELOADBALANCER" => address.Equals(ProbeAddress),
                _ => false,
            };

        private bool InNetwork(IPAddress address) => Space.Any(prefix => AddressPrefixes.Matches(prefix, address));
    }
}
