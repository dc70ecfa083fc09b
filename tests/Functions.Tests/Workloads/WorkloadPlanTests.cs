using MeshPort.Functions.Tests.Plans;
using MeshPort.Workloads;
using Xunit;

namespace MeshPort.Functions.Tests.Workloads;

/// <summary>The decision table of <see cref="WorkloadPlan"/>; one folder for each case.</summary>
public sealed class WorkloadPlanTests
{
    private const string Plan = "Workloads/Plan";

    public static TheoryData<string> Cases => PlanFolder.Names(Plan);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_case_has_its_plan(string name)
    {
        var one = ExposurePlanCase.Read(Plan, name);

        var plan = WorkloadPlan.Of(one.Wanted, one.Known, one.Texts("leaving").ToHashSet(), one.Spec, one.Objects);

        one.Expect(plan.Changes, plan.Results);
    }
}
