using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>
/// AKS's resources in a cluster's node resource group: the load balancer, and the public addresses of Services and of outbound traffic.
/// Computed on each read, never stored.
/// </summary>
/// <param name="services">The Kubernetes Services of a cluster.</param>
internal sealed class NodeGroupNetwork(SandboxWorld world, ResourceStore resources, Func<string, IReadOnlyList<JsonObject>> services)
{
    public const string AddressType = "Microsoft.Network/publicIPAddresses";
    public const string BalancerType = "Microsoft.Network/loadBalancers";

    /// <summary>At the end of the names of resources of IPv6 (cloud-provider-azure).</summary>
    private const string Ipv6 = "-IPv6";

    private readonly PublicAddressUsers _users = new(world);

    /// <summary>All resources of a type in a resource group, or in the subscription when <paramref name="group"/> is null.</summary>
    public IEnumerable<JsonObject> List(string type, string subscription, string? group) =>
        resources
            .Groups($"/subscriptions/{subscription}/resourceGroups/")
            .Where(entry => group is null || string.Equals(entry.Document.Text("name"), group, StringComparison.OrdinalIgnoreCase))
            .SelectMany(entry => entry.Document.Text("managedBy") is { } cluster ? Of(type, entry.Document, cluster) : []);

    private IEnumerable<JsonObject> Of(string type, JsonObject group, string clusterId)
    {
        var addresses = Addresses(group, clusterId).ToList();
        return type == AddressType
            ? addresses
            :
            [
                Balancer(
                    group,
                    [.. addresses.Select(Frontend), .. _users.In(clusterId).Select(use => Frontend(group, use))],
                    Rules(group, clusterId, addresses)
                ),
            ];
    }

    private IEnumerable<JsonObject> Addresses(JsonObject group, string clusterId)
    {
        foreach (var (owner, document) in world.Store.List("addresses", clusterId + "|"))
        {
            // Internal addresses have no name. Those of IPv6 have a suffix.
            var service = owner[(owner.IndexOf('|') + 1)..].Split(Ipv6)[0];
            if (document.Text("name") is { } name)
            {
                var address = Address(group, name, document.Text("address") ?? "");
                address["tags"] = new JsonObject { ["k8s-azure-cluster-name"] = "kubernetes", ["k8s-azure-service"] = service };
                yield return address;
            }
        }

        var network = resources.Get(clusterId)?.Object("properties", "networkProfile") ?? [];
        foreach (
            var outbound in network
                .Objects("loadBalancerProfile", "effectiveOutboundIPs")
                .Concat(network.Objects("natGatewayProfile", "effectiveOutboundIPs"))
        )
        {
            if (outbound.Text("id") is { } id && id.StartsWith(group.Text("id") + "/", StringComparison.OrdinalIgnoreCase))
            {
                yield return Address(group, id[(id.LastIndexOf('/') + 1)..], Documentation(id));
            }
        }
    }

    /// <summary>A documentation address (RFC 5737): nothing listens on a cluster's outbound address.</summary>
    private static string Documentation(string id) =>
        new IPAddress([203, 0, 113, SHA256.HashData(Encoding.UTF8.GetBytes(id.ToUpperInvariant()))[0]]).ToString();

    private static JsonObject Address(JsonObject group, string name, string address) =>
        new()
        {
            ["name"] = name,
            ["id"] = $"{group.Text("id")}/providers/{AddressType}/{name}",
            ["type"] = AddressType,
            ["etag"] = $"W/\"{name}\"",
            ["location"] = group.Text("location"),
            ["tags"] = new JsonObject(),
            ["sku"] = new JsonObject { ["name"] = "Standard", ["tier"] = "Regional" },
            ["properties"] = new JsonObject
            {
                ["provisioningState"] = "Succeeded",
                ["ipAddress"] = name.EndsWith(Ipv6, StringComparison.Ordinal) ? $"{IPAddress.Parse(address).MapToIPv6()}" : address,
                ["publicIPAddressVersion"] = name.EndsWith(Ipv6, StringComparison.Ordinal) ? "IPv6" : "IPv4",
                ["publicIPAllocationMethod"] = "Static",
                ["idleTimeoutInMinutes"] = 4,
                ["ipTags"] = new JsonArray(),
                ["ipConfiguration"] = new JsonObject { ["id"] = FrontendId(group, Frontend(name)) },
            },
        };

    private JsonArray Rules(JsonObject group, string clusterId, List<JsonObject> addresses)
    {
        var frontends = addresses
            .Select(address => (Ip: address.Text("properties", "ipAddress"), Name: Frontend(address.Text("name") ?? "")))
            .Concat(
                _users.In(clusterId).Select(use => (Ip: resources.Get(use.AddressId)?.Text("properties", "ipAddress"), Name: use.Frontend))
            )
            .ToLookup(frontend => frontend.Ip ?? "", frontend => frontend.Name);
        return
        [
            .. services(clusterId)
                .SelectMany(service =>
                    LoadBalancerRules
                        .Addresses(service)
                        .SelectMany(address =>
                            frontends[address]
                                .Take(1)
                                .SelectMany(frontend =>
                                    LoadBalancerRules.Of(service, BalancerId(group.Text("id") ?? ""), frontend, address)
                                )
                        )
                ),
        ];
    }

    private static JsonObject Balancer(JsonObject group, JsonObject[] frontends, JsonArray rules) =>
        new()
        {
            ["name"] = "kubernetes",
            ["id"] = BalancerId(group.Text("id") ?? ""),
            ["type"] = BalancerType,
            ["etag"] = $"W/\"{frontends.Length}\"",
            ["location"] = group.Text("location"),
            ["tags"] = new JsonObject { ["aks-managed-cluster-rg"] = group.Text("managedBy")?.Split('/')[4] },
            ["sku"] = new JsonObject { ["name"] = "Standard", ["tier"] = "Regional" },
            ["properties"] = new JsonObject
            {
                ["provisioningState"] = "Succeeded",
                ["frontendIPConfigurations"] = new JsonArray([.. frontends]),
                ["backendAddressPools"] = new JsonArray([.. Pools(frontends).Select(pool => Pool(group, pool))]),
                ["loadBalancingRules"] = rules,
                ["inboundNatRules"] = new JsonArray(),
            },
        };

    private static string[] Pools(JsonObject[] frontends) =>
        frontends.Any(frontend => frontend.Text("name")?.EndsWith(Ipv6, StringComparison.Ordinal) == true)
            ? [LoadBalancerRules.Backends, LoadBalancerRules.Backends + Ipv6, "aksOutboundBackendPool", "aksOutboundBackendPool" + Ipv6]
            : [LoadBalancerRules.Backends, "aksOutboundBackendPool"];

    private static JsonObject Pool(JsonObject group, string name) =>
        new()
        {
            ["name"] = name,
            ["id"] = $"{BalancerId(group.Text("id") ?? "")}/backendAddressPools/{name}",
            ["type"] = BalancerType + "/backendAddressPools",
            ["properties"] = new JsonObject { ["provisioningState"] = "Succeeded" },
        };

    private static JsonObject Frontend(JsonObject address) =>
        Frontend(Frontend(address.Text("name") ?? ""), address.Text("properties", "ipConfiguration", "id"), address.Text("id"));

    private static JsonObject Frontend(JsonObject group, (string AddressId, string Frontend) use) =>
        Frontend(use.Frontend, FrontendId(group, use.Frontend), use.AddressId);

    private static JsonObject Frontend(string name, string? id, string? addressId) =>
        new()
        {
            ["name"] = name,
            ["id"] = id,
            ["properties"] = new JsonObject
            {
                ["provisioningState"] = "Succeeded",
                ["privateIPAllocationMethod"] = "Dynamic",
                ["publicIPAddress"] = new JsonObject { ["id"] = addressId },
            },
        };

    /// <summary>The frontend that uses a customer's address. Null when it is free.</summary>
    public string? User(string addressId)
    {
        var (clusterId, frontend) = _users.Of(addressId);
        return
            clusterId is not null
            && resources
                .Groups($"/subscriptions/{clusterId.Split('/')[2]}/resourceGroups/")
                .FirstOrDefault(entry => string.Equals(entry.Document.Text("managedBy"), clusterId, StringComparison.OrdinalIgnoreCase))
                .Document
                is { } group
            ? FrontendId(group, frontend ?? "")
            : null;
    }

    /// <param name="groupId">The node resource group.</param>
    public static string FrontendId(string groupId, string frontend) => $"{BalancerId(groupId)}/frontendIPConfigurations/{frontend}";

    private static string FrontendId(JsonObject group, string frontend) => FrontendId(group.Text("id") ?? "", frontend);

    private static string BalancerId(string groupId) => $"{groupId}/providers/{BalancerType}/kubernetes";

    private static string Frontend(string addressName) =>
        addressName.StartsWith("kubernetes-", StringComparison.Ordinal) ? addressName["kubernetes-".Length..] : addressName;
}
