using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Network;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>What the network security group of a subnet lets in.</summary>
internal sealed class SubnetFirewall(SandboxWorld world)
{
    // The address that Azure's health probes come from: what the service tag AzureLoadBalancer stands for.
    private static readonly IPAddress ProbeAddress = IPAddress.Parse("168.63.129.16");

    private static readonly IPNetwork Loopback = IPNetwork.Parse("127.0.0.0/8");

    private readonly ConcurrentDictionary<string, Rules> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether inbound TCP is allowed; true when the subnet is null, gone, or has no network security group.</summary>
    public bool Allows(string? subnetId, IPAddress source, IPAddress destination, int destinationPort)
    {
        return subnetId is null || Known(subnetId).Allow(source, destination, destinationPort);
    }

    /// <summary>The loopback ranges that rules let in where 127.0.0.1 itself is kept out; null when it is not.</summary>
    public IReadOnlyList<IPNetwork>? Sources(string? subnetId, IPAddress destination, int destinationPort) =>
        Allows(subnetId, IPAddress.Loopback, destination, destinationPort)
            ? null
            : [.. Known(subnetId ?? "").Ranges().Where(range => Allows(subnetId, range.BaseAddress, destination, destinationPort))];

    private Rules Known(string subnetId)
    {
        var revision = world.Store.Revision(ResourceStore.Table);
        if (!_known.TryGetValue(subnetId, out var rules) || rules.Revision != revision)
        {
            _known[subnetId] = rules = Read(subnetId, revision); // asked about every port several times a second, and written now and then
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
                    .Where(rule => rule[NetworkWrites.New] is null) // a rule is in effect once its first write has ended
                    .Concat(NetworkSecurityRule.Defaults(groupId))
                    .OrderBy(rule => rule.Number("properties", "priority")),
            ],
            resources.Get(networkId)?.Texts("properties", "addressSpace", "addressPrefixes") ?? []
        );
    }

    /// <summary>The rules of a subnet in the order of their priority, none when everything is allowed, and the address space of its network.</summary>
    private sealed record Rules(long Revision, IReadOnlyList<JsonObject> Ordered, IReadOnlyList<string> Space)
    {
        public bool Allow(IPAddress source, IPAddress destination, int port) =>
            Ordered.Count == 0
            || string.Equals(
                Ordered.First(rule => NetworkSecurityRule.Speaks(rule, source, destination, port, InTag)).Text("properties", "access"), // the last default speaks of everything
                "Allow",
                StringComparison.OrdinalIgnoreCase
            );

        public IEnumerable<IPNetwork> Ranges() =>
            Ordered
                .SelectMany(NetworkSecurityRule.Sources)
                .Select(prefix =>
                    IPNetwork.TryParse(prefix.Contains('/', StringComparison.Ordinal) ? prefix : $"{prefix}/32", out var range)
                        ? range
                        : default
                )
                .Where(range => Loopback.Contains(range.BaseAddress))
                .Distinct();

        // By default the public addresses of this world are on the Internet, and so is whoever dials them; the network is what its address space says.
        private bool InTag(string tag, IPAddress address) =>
            tag.ToUpperInvariant() switch
            {
                "INTERNET" => !InNetwork(address) && !address.Equals(ProbeAddress),
                "VIRTUALNETWORK" => InNetwork(address),
                "AZURELOADBALANCER" => address.Equals(ProbeAddress),
                _ => false,
            };

        private bool InNetwork(IPAddress address) => Space.Any(prefix => AddressPrefixes.Matches(prefix, address));
    }
}
