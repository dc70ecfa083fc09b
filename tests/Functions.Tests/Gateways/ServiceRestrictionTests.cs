using System.Text.Json.Nodes;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Gateways;
using Xunit;

namespace MeshPort.Functions.Tests.Gateways;

/// <summary>The decision table of <see cref="ServiceRestriction"/>; one folder for each case.</summary>
public sealed class ServiceRestrictionTests
{
    private const string Plan = "Gateways/ServiceRestriction";

    public static TheoryData<string> Cases => PlanFolder.Names(Plan);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_case_has_its_restrictions(string name)
    {
        var one = ExposurePlanCase.Read(Plan, name);

        var found = one.Wanted.ToDictionary(
            exposure => exposure.Name,
            exposure => ServiceRestriction.Find(exposure, one.Spec, one.Objects, one.Number("securityGroups") > 0)
        );

        one.Expect(new JsonObject { ["restricted"] = PlanText.ByName(found, restriction => restriction?.Message) });
    }
}
