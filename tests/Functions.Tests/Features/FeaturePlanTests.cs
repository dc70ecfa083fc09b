using MeshPort.Arm;
using MeshPort.Features;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Model;
using Xunit;

namespace MeshPort.Functions.Tests.Features;

public sealed class FeaturePlanTests
{
    public static TheoryData<string> Cases => PlanFolder.Names("Features/Plan");

    public static TheoryData<string> Providers => PlanFolder.Names("Features/ProviderPlan");

    public static TheoryData<string> RequiredProviders => PlanFolder.Names("Features/RequiredProvidersPlan");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_plan_of_a_feature_is_as_its_case_says(string name)
    {
        var one = PlanCase.Read("Features/Plan", name);
        one.Expect(
            FeaturePlan.Of(
                PlanCase.Cluster.SubscriptionId,
                Assert.Single(one.Spec.Features),
                one.Read<FeatureSnapshot>("snapshot.json"),
                one.Find<string>("memo.json")
            )
        );
    }

    [Theory]
    [MemberData(nameof(Providers))]
    public void The_plan_of_a_provider_is_as_its_case_says(string name)
    {
        var one = PlanCase.Read("Features/ProviderPlan", name);
        one.Expect(
            ProviderPlan.Of(
                PlanCase.Cluster.SubscriptionId,
                FeatureSpec.DefaultNamespace,
                one.Read<ProviderSnapshot>("snapshot.json"),
                one.Find<string>("memo.json")
            )
        );
    }

    [Theory]
    [MemberData(nameof(RequiredProviders))]
    public void The_plan_of_the_providers_of_a_new_cluster_is_as_its_case_says(string name)
    {
        var one = PlanCase.Read("Features/RequiredProvidersPlan", name);
        one.Expect(RequiredProvidersPlan.Of(PlanCase.Cluster.SubscriptionId, one.Read<RequiredProvidersSnapshot>("snapshot.json")));
    }

    [Fact]
    public void A_refused_registration_tells_how_to_register()
    {
        var states = new Dictionary<string, string> { ["Microsoft.Network"] = "NotRegistered" };
        var plan = RequiredProvidersPlan.Of(PlanCase.Cluster.SubscriptionId, new RequiredProvidersSnapshot(states));
        var note = Assert.Single(Assert.Single(plan.Changes).Tolerates).Note ?? "";

        var result = RequiredProvidersPlan.Report(new ArmOutcome(plan.Result, null, [note]));

        Assert.Equal((ConditionStatus.False, Reasons.AccessDenied), (result.Observation.Status, result.Observation.Reason));
        Assert.Contains("az provider register --namespace Microsoft.Network", result.Observation.Message, StringComparison.Ordinal);
        Assert.False(result.Wait);
    }

    [Fact]
    public void The_first_feature_that_is_not_registered_speaks_for_all()
    {
        var (good, bad) = (Observation.True(Reasons.Registered, "A is."), Observation.False(Reasons.FeatureNotFound, "B is not."));

        Assert.Equal(bad, FeaturePlan.Summary([good, bad]));
        Assert.Equal(bad, FeaturePlan.Summary([good], bad));
        Assert.Equal("A is. A is.", FeaturePlan.Summary([good, good]).Message);
        Assert.Equal(Reasons.NothingToDo, FeaturePlan.Summary([]).Reason);
    }

    [Fact]
    public void A_provider_that_is_registered_again_is_no_part_of_the_message()
    {
        var (feature, provider) = (Observation.True(Reasons.Registered, "A is."), Observation.True(Reasons.Registered, "P is."));

        Assert.Equal(FeaturePlan.Summary([feature]), FeaturePlan.Summary([feature], provider));
    }
}
