using MeshPort.Functions.Tests.Plans;
using MeshPort.Routes;
using Xunit;

namespace MeshPort.Functions.Tests.Routes;

/// <summary>The decision table of <see cref="RoutePlan"/>; one folder for each case.</summary>
public sealed class RoutePlanTests
{
    private const string Plan = "Routes/Plan";

    public static TheoryData<string> Cases => PlanFolder.Names(Plan);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_case_has_its_plan(string name)
    {
        var one = ExposurePlanCase.Read(Plan, name);

        var plan = RoutePlan.Of(new RouteWork(one.Spec, one.Status, one.Objects, one.Wanted, one.Blocked, one.Known, one.IsRemoval));

        one.Expect(plan.Changes, plan.Results, plan.Hints, plan.Releases.Due);
    }
}
