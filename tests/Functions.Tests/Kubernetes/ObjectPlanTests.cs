using System.Text.Json.Nodes;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Kubernetes;
using MeshPort.Routes;
using MeshPort.Workloads;
using Xunit;

namespace MeshPort.Functions.Tests.Kubernetes;

/// <summary>
/// The decision table of <see cref="ObjectPlan"/> for workloads and routes; one folder for each case. Of the changes of <c>blocked</c>
/// exposures, only what <see cref="ObjectPlan.HeldUp"/> leaves of them remains.
/// </summary>
public sealed class ObjectPlanTests
{
    private const string Plan = "Kubernetes/ObjectPlan";

    public static TheoryData<string> Cases => PlanFolder.Names(Plan);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_case_has_its_changes(string name)
    {
        var one = ExposurePlanCase.Read(Plan, name);

        var changes = ObjectPlan
            .Make(
                [.. one.Wanted.SelectMany(exposure => WorkloadObjects.Of(exposure, one.Spec)), .. RouteObjects.Of(one.Wanted, one.Spec)],
                one.Objects.Ours,
                one.Known
            )
            .Select(change =>
                change.Exposure is { } exposure && one.Blocked.Contains(exposure) ? ObjectPlan.HeldUp(change, one.Objects.Ours) : change
            )
            .OfType<Change>();

        one.Expect(new JsonObject { ["changes"] = new JsonArray([.. changes.Select(PlanText.Of)]) });
    }
}
