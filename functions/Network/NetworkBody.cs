using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Network;

/// <summary>The ARM bodies of a network, and the fields that are compared (Microsoft.Network 2025-05-01, virtualNetworks).</summary>
internal static class NetworkBody
{
    public static JsonObject VirtualNetwork(
        string location,
        IReadOnlyDictionary<string, string> tags,
        NetworkSpec network,
        string? securityGroupId
    ) =>
        new()
        {
            ["location"] = location,
            ["tags"] = Ownership.Tags(tags),
            ["properties"] = new JsonObject
            {
                ["addressSpace"] = new JsonObject
                {
                    ["addressPrefixes"] = TextArray.Of(Present(network.AddressPrefix, network.Ipv6AddressPrefix)),
                },
                ["subnets"] = new JsonArray(
                    new JsonObject { ["name"] = network.Subnet, ["properties"] = SubnetProperties(network, securityGroupId) }
                ),
            },
        };

    public static JsonObject Subnet(NetworkSpec network, string? securityGroupId) =>
        new() { ["properties"] = SubnetProperties(network, securityGroupId) };

    public static JsonObject SecurityGroup(string location, IReadOnlyDictionary<string, string> tags) =>
        new()
        {
            ["location"] = location,
            ["tags"] = Ownership.Tags(tags),
            ["properties"] = new JsonObject(),
        };

    /// <summary>The prefixes of the subnet that the spec names.</summary>
    public static IReadOnlyList<string> Prefixes(NetworkSpec network) => Present(network.SubnetPrefix, network.Ipv6SubnetPrefix);

    /// <returns>The prefix for which a virtual network that exists has no room; null when it has room for the subnet.</returns>
    public static string? Outside(JsonObject virtualNetwork, NetworkSpec network) =>
        Prefixes(network).FirstOrDefault(prefix => !HasRoom(virtualNetwork, prefix));

    private static bool HasRoom(JsonObject virtualNetwork, string prefix) =>
        IPNetwork.TryParse(prefix, out var wanted)
        && (virtualNetwork["properties"]?["addressSpace"]?["addressPrefixes"] as JsonArray ?? []).Any(known =>
            IPNetwork.TryParse(known?.GetValue<string>() ?? "", out var room)
            && room.PrefixLength <= wanted.PrefixLength
            && room.Contains(wanted.BaseAddress)
        );

    private static string[] Present(params string?[] texts) => [.. texts.OfType<string>()];

    private static JsonObject SubnetProperties(NetworkSpec network, string? securityGroupId)
    {
        var properties = network.Ipv6SubnetPrefix is null
            ? new JsonObject { ["addressPrefix"] = network.SubnetPrefix }
            : new JsonObject { ["addressPrefixes"] = TextArray.Of(Prefixes(network)) };
        if (securityGroupId is not null)
        {
            properties["networkSecurityGroup"] = new JsonObject { ["id"] = securityGroupId };
        }

        return properties;
    }
}
