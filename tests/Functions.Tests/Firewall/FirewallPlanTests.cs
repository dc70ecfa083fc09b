using System.Text.Json.Nodes;
using Azure.Core;
using MeshPort.Firewall;
using MeshPort.Functions.Tests.Plans;
using Xunit;
using DryRunText = MeshPort.Convergence.PlanText;

namespace MeshPort.Functions.Tests.Firewall;

/// <summary>
/// The decision tables of <see cref="FirewallPlan"/>; one folder for each case. <c>rules</c> are the rules of the security group; without
/// them, there is no group. Nobody wants the exposures in <c>closing</c>, whose ports may be open. <c>nodes</c> are the prefixes of the
/// subnet where they were read. <c>moreRules</c> is a number of rules of others for another port, and <c>moreSources</c> the number of
/// prefixes in another rule of others. The names of MeshPort's rules for the cluster begin with <c>{ours}</c>.
/// </summary>
public sealed class FirewallPlanTests
{
    private const string Plan = "Firewall/Plan";
    private const string Ours = "{ours}";
    private static readonly string Prefix = FirewallPlan.Prefix("here", PlanCase.Cluster);

    public static TheoryData<string> Cases => PlanFolder.Names(Plan);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_case_has_its_plan(string name)
    {
        var one = ExposurePlanCase.Read(Plan, name);

        var observed = Observed(one);
        var wanted = one.Wanted.Where(exposure => !one.Texts("closing").Contains(exposure.Name)).ToList();
        var plan = FirewallPlan.Of(observed, wanted, one.Spec, one.Status, one.Objects, [.. one.Wanted.Except(wanted)]);

        var expected = new JsonObject
        {
            ["puts"] = new JsonArray([
                .. plan.Puts.Select(rule => new JsonObject
                {
                    ["name"] = rule.Name,
                    ["serves"] = string.Join(", ", rule.Exposures.Select(exposure => exposure.Name)),
                    ["body"] = rule.Body.DeepClone(),
                }),
            ]),
            ["deletes"] = new JsonArray([.. plan.Deletes.Select(rule => JsonValue.Create(rule))]),
            ["results"] = PlanText.Of(
                wanted
                    .Where(exposure => exposure.Address is not null || observed.Id is null)
                    .ToDictionary(exposure => exposure.Name, plan.ResultOf)
            ),
            ["dryRun"] = new JsonArray([
                .. DryRunText.Of(observed, plan, wanted.Where(exposure => exposure.Address is null)).Select(PlanText.Of),
            ]),
        };
        one.Expect(expected, text => text.Replace(Prefix, Ours, StringComparison.Ordinal));
    }

    private static FirewallSnapshot Observed(ExposurePlanCase one)
    {
        if (one.Spec.Network is null)
        {
            return FirewallSnapshot.AksOwnNetwork;
        }

        if (one.Array("rules") is not { } rules)
        {
            return FirewallSnapshot.NoGroup;
        }

        var all = JsonNode.Parse(rules.ToJsonString().Replace(Ours, Prefix, StringComparison.Ordinal)) as JsonArray ?? [];
        foreach (var number in Enumerable.Range(0, one.Number("moreRules")))
        {
            all.Add(
                JsonNode.Parse($$"""{"name":"more-{{number}}","properties":{"priority":{{100 + number}},"destinationPortRange":"22"} }""")
            );
        }

        if (one.Number("moreSources") is > 0 and var count)
        {
            all.Add(
                new JsonObject
                {
                    ["name"] = "sources",
                    ["properties"] = new JsonObject
                    {
                        ["priority"] = 100,
                        ["destinationPortRange"] = "22",
                        ["sourceAddressPrefixes"] = new JsonArray([.. Sources(count)]),
                    },
                }
            );
        }

        return new FirewallSnapshot(
            new ResourceIdentifier(PlanCase.WithLongIds("{group}/providers/Microsoft.Network/networkSecurityGroups/guard")),
            new JsonObject
            {
                ["name"] = "guard",
                ["properties"] = new JsonObject { ["securityRules"] = all },
            },
            Prefix
        )
        {
            Nodes = one.Texts("nodes"),
        };
    }

    private static IEnumerable<JsonNode?> Sources(int count) =>
        Enumerable.Range(0, count).Select(number => (JsonNode?)$"10.{number / 256}.{number % 256}.0/24");
}
