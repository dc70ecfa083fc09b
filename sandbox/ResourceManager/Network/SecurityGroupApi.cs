using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Network security groups and their rules.</summary>
internal sealed class SecurityGroupApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations)
    : NestedResourceApi(resources, operations, registrations, "networkSecurityGroups", "securityRules")
{
    private const int MaxRules = 1_000;
    private const int MaxValues = 4_000;
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
            throw TooMany();
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
            throw TooMany();
        }

        RefuseTooManyValues(parentDocument.Text("id") ?? "", [.. others, document]);

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

    /// <summary>
    /// Code and words are those of a public report (kubernetes-sigs/cloud-provider-azure issue 2725). Tags and <c>*</c> do not count, which
    /// follows from Azure's list of limits, which speaks of addresses and ranges.
    /// </summary>
    private static void RefuseTooManyValues(string id, IReadOnlyList<JsonObject> rules)
    {
        foreach (var (single, several) in NetworkSecurityRule.Lists)
        {
            var count = rules.Sum(rule => NetworkSecurityRule.Values(rule, single).Count(NetworkSecurityRule.IsAddressOrPort));
            var kind = $"{char.ToUpperInvariant(several[0])}{several[1..]}";
            if (count > MaxValues)
            {
                throw new ArmException(
                    400,
                    "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached",
                    $"Network security group {id} has {count} {kind}. A security group cannot have more than {MaxValues} {kind} as per "
                        + "the limit MaxSecurityRuleAddressesOrPortsPerSecurityGroup."
                )
                {
                    ByProvider = true,
                };
            }
        }
    }

    /// <summary>Code and words are those of a public report (Azure/azure-rest-api-specs issue 3003).</summary>
    private static ArmException TooMany() =>
        new(400, "SecurityRuleCountLimitReached", $"A security group cannot have more than {MaxRules} security rules.")
        {
            ByProvider = true,
        };
}
