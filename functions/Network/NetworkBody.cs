using System.Text.Json.Nodes;
using MeshPort.Arm;
using MeshPort.Model;

namespace MeshPort.Network;

/// <summary>The ARM bodies of a network, and the fields that are compared (Microsoft.Network 2025-05-01, virtualNetworks).</summary>
internal static class NetworkBody
{
    public static JsonObject VirtualNetwork(string location, NetworkSpec network, string? securityGroupId) =>
        new()
        {
            ["location"] = location,
            ["tags"] = new JsonObject { [Ownership.Tag] = Ownership.Value },
            ["properties"] = new JsonObject
            {
                ["addressSpace"] = new JsonObject { ["addressPrefixes"] = new JsonArray(network.AddressPrefix) },
                ["subnets"] = new JsonArray(
                    new JsonObject { ["name"] = network.Subnet, ["properties"] = SubnetProperties(network, securityGroupId) }
                ),
            },
        };

    public static JsonObject Subnet(NetworkSpec network, string? securityGroupId) =>
        new() { ["properties"] = SubnetProperties(network, securityGroupId) };

    public static JsonObject SecurityGroup(string location) =>
        new()
        {
            ["location"] = location,
            ["tags"] = new JsonObject { [Ownership.Tag] = Ownership.Value },
            ["properties"] = new JsonObject(),
        };

    /// <summary>Whether a virtual network that exists has room for the subnet.</summary>
    public static bool HasRoom(JsonObject virtualNetwork, NetworkSpec network) =>
        AddressPrefix.TryParse(network.SubnetPrefix ?? "", out var wanted)
        && (virtualNetwork["properties"]?["addressSpace"]?["addressPrefixes"] as JsonArray ?? []).Any(prefix =>
            AddressPrefix.TryParse(prefix?.GetValue<string>() ?? "", out var room) && room.Contains(wanted)
        );

    /// <summary>The prefix of a subnet that exists; newer answers list it in the plural.</summary>
    public static string? Prefix(JsonObject subnet) =>
        subnet["properties"]?["addressPrefix"]?.GetValue<string>() ?? subnet["properties"]?["addressPrefixes"]?[0]?.GetValue<string>();

    private static JsonObject SubnetProperties(NetworkSpec network, string? securityGroupId)
    {
        var properties = new JsonObject { ["addressPrefix"] = network.SubnetPrefix };
        if (securityGroupId is not null)
        {
            properties["networkSecurityGroup"] = new JsonObject { ["id"] = securityGroupId };
        }

        return properties;
    }
}
