using System.Text.Json.Nodes;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Proof;
using Xunit;

namespace MeshPort.Functions.Tests.Proof;

/// <summary>The decision table of <see cref="ProofPlan"/>; one folder for each case. <c>probed</c> has the results of the probes.</summary>
public sealed class ProofPlanTests
{
    private const string Plan = "Proof/Plan";

    public static TheoryData<string> Cases => PlanFolder.Names(Plan);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_case_has_its_plan(string name)
    {
        var one = ExposurePlanCase.Read(Plan, name);

        var endpoints = new Endpoints(one.Spec, one.Objects);
        var probes = one.Wanted.ToDictionary(exposure => exposure.Name, ProofPlan.Address);
        var results = one.Wanted.ToDictionary(
            exposure => exposure.Name,
            exposure =>
                ProofPlan.Of(
                    exposure,
                    probes[exposure.Name] is null ? null : ExposurePlanCase.ObservationOf($"{one.Object("probed")[exposure.Name]}"),
                    one.Spec,
                    endpoints.Find(exposure.Spec)
                )
        );

        one.Expect(new JsonObject { ["probes"] = PlanText.ByName(probes, address => address), ["results"] = PlanText.Of(results) });
    }
}
