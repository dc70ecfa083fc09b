using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Network security groups and their rules.</summary>
internal sealed class SecurityGroupApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations)
    : NestedResourceApi(resources, operations, registrations, "networkSecurityGroups", "securityRules")
{
    private const int MaxRules = 1_000;

    /// <summary>A group's PUT is complete: rules that it omits are removed, even all of them.</summary>
    protected override bool KeepsChildren => false;

    protected override void CheckParent(
        string id,
        JsonObject properties,
        IReadOnlyList<JsonObject> wanted,
        IReadOnlyList<JsonObject> present
    )
    {
        if (wanted.Count > MaxRules)
        {
            throw TooMany(id);
        }
    }

    protected override void CheckChild(
        string id,
        JsonObject document,
        JsonObject parentDocument,
        IReadOnlyList<JsonObject> others,
        JsonObject? before
    )
    {
        NetworkSecurityRule.Check(document.Text("name") ?? "", document, others);
        if (others.Count >= MaxRules)
        {
            throw TooMany(parentDocument.Text("id") ?? "");
        }

        foreach (var list in (string[])["sourceAddressPrefixes", "destinationAddressPrefixes", "sourcePortRanges", "destinationPortRanges"])
        {
            document.Ensure("properties").Default(list, new JsonArray());
        }
    }

    protected override void RefuseToDelete(string id)
    {
        if (Subnets(id).FirstOrDefault() is { } subnet)
        {
            throw new ArmException(
                400,
                "InUseNetworkSecurityGroupCannotBeDeleted",
                $"Network security group {id} cannot be deleted because it is in use by the following resources: {subnet}. In order to "
                    + "delete the Network security group, remove the association with the resource(s). To learn how to do this, see "
                    + "aka.ms/deletensg."
            )
            {
                ByProvider = true,
            };
        }
    }

    protected override void RefuseToDeleteChild(string id) { }

    protected override void Show(string id, JsonObject properties)
    {
        properties["defaultSecurityRules"] = new JsonArray([.. NetworkSecurityRule.Defaults(id)]);
        if (Subnets(id).Select(subnet => (JsonNode)new JsonObject { ["id"] = subnet }).ToArray() is { Length: > 0 } subnets)
        {
            properties["subnets"] = new JsonArray(subnets);
        }
    }

    private IEnumerable<string> Subnets(string id) =>
        Resources
            .OfType(id.Split('/')[2], "Microsoft.Network/virtualNetworks")
            .SelectMany(network => Resources.Children(network.Id + "/subnets"))
            .Where(subnet =>
                string.Equals(subnet.Document.Text("properties", "networkSecurityGroup", "id"), id, StringComparison.OrdinalIgnoreCase)
            )
            .Select(subnet => subnet.Id);

    private static ArmException TooMany(string id) =>
        new(
            400,
            "SecurityRulesPerNetworkSecurityGroupLimitReached",
            $"Network security group {id} cannot have more than {MaxRules} security rules."
        )
        {
            ByProvider = true,
        };
}
