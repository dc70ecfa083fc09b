using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Network security groups and their rules.</summary>
internal sealed class SecurityGroupApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations)
    : NestedResourceApi(resources, operations, registrations, "networkSecurityGroups", "securityRules")
{
    private const int MaxRules = 1_000;
    private const string Reference = "networkSecurityGroup";

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
        if (SubnetUsers.Of(Resources, id, Reference).FirstOrDefault() is { } subnet)
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
        SubnetUsers.Show(Resources, id, Reference, properties);
    }

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
