using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Arm;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Infra;

/// <summary>An identity that may assign roles could assign itself every right, so its assignment has a condition.</summary>
public sealed partial class RoleConditionTests
{
    [Fact]
    public async Task MeshPort_may_give_and_take_the_role_that_it_gives_and_no_other()
    {
        var (template, _) = await Deployment.ModuleAsync("clusterAccess");

        var conditional = Assert.Single(Resources(template), resource => resource?["properties"]?["condition"] is not null);
        var condition = template["variables"]?["onlyNetworkContributor"]?.GetValue<string>() ?? "";
        var given = NetworkRole
            .Body(new ClusterId("0", "g", "c"), Guid.Empty)["properties"]
            ?["roleDefinitionId"]?.GetValue<string>()
            .Split('/')[^1];
        Assert.Equal("[variables('onlyNetworkContributor')]", conditional?["properties"]?["condition"]?.GetValue<string>());
        Assert.Equal("2.0", conditional?["properties"]?["conditionVersion"]?.GetValue<string>());
        Assert.Equal(
            [("write", given), ("delete", given)],
            Clause().Matches(condition).Select(clause => (clause.Groups["verb"].Value, (string?)clause.Groups["role"].Value))
        );
        Assert.Equal(condition.Count(character => character == '('), condition.Count(character => character == ')'));
    }

    private static IEnumerable<JsonNode?> Resources(JsonNode template) =>
        template["resources"]?.AsObject().Select(resource => resource.Value) ?? [];

    [GeneratedRegex(
        @"roleAssignments/(?<verb>\w+)'\}\)\) OR\s+\(@\w+\[Microsoft\.Authorization/roleAssignments:RoleDefinitionId\] "
            + @"ForAnyOfAnyValues:GuidEquals \{(?<role>[0-9a-f-]+)\} AND"
    )]
    private static partial Regex Clause();
}
