using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>The subnets that refer to a network security group, a route table or a NAT gateway.</summary>
internal static class SubnetUsers
{
    /// <param name="property">The subnet's property with the reference.</param>
    public static IEnumerable<string> Of(ResourceStore resources, string id, string property) =>
        resources
            .OfType(id.Split('/')[2], "Microsoft.Network/virtualNetworks")
            .SelectMany(network => resources.Children(network.Id + "/subnets"))
            .Where(subnet => string.Equals(subnet.Document.Text("properties", property, "id"), id, StringComparison.OrdinalIgnoreCase))
            .Select(subnet => subnet.Id);

    /// <summary>Adds them to the answered properties of the resource.</summary>
    public static void Show(ResourceStore resources, string id, string property, JsonObject properties)
    {
        if (Of(resources, id, property).Select(subnet => (JsonNode)new JsonObject { ["id"] = subnet }).ToArray() is { Length: > 0 } subnets)
        {
            properties["subnets"] = new JsonArray(subnets);
        }
    }
}
