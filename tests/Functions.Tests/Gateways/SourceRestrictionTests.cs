using System.Text.Json.Nodes;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Gateways;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Gateways;

/// <summary>The decision table of <see cref="SourceRestriction"/>; one folder for each case.</summary>
public sealed class SourceRestrictionTests
{
    private const string Plan = "Gateways/SourceRestriction";

    public static TheoryData<string> Cases => PlanFolder.Names(Plan);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_case_has_its_refusals(string name)
    {
        var one = ExposurePlanCase.Read(Plan, name);

        var refused = SourceRestriction.FindRefusals(one.Wanted, one.Spec, one.Objects);

        one.Expect(
            new JsonObject
            {
                ["refused"] = PlanText.Of(refused.ToDictionary(refusal => refusal.Key, refusal => StepResult.Done(refusal.Value))),
            }
        );
    }
}
