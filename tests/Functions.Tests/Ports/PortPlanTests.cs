using System.Text.Json.Nodes;
using MeshPort.Functions.Tests.Plans;
using MeshPort.Gateways;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.Ports;
using Xunit;

namespace MeshPort.Functions.Tests.Ports;

/// <summary>
/// The decision tables of the strategies, of <see cref="PortPlans"/> and <see cref="PortReverts"/>; one folder for each case. Blocked
/// exposures keep their ports.
/// </summary>
public sealed class PortPlanTests
{
    private static readonly PortPlans Plans = new([new ManagedServiceStrategy(), new CompanionServiceStrategy(), new GatewayApiStrategy()]);

    public static TheoryData<string> ManagedService => PlanFolder.Names("Ports/ManagedService");

    public static TheoryData<string> CompanionService => PlanFolder.Names("Ports/CompanionService");

    public static TheoryData<string> GatewayApi => PlanFolder.Names("Ports/GatewayApi");

    public static TheoryData<string> PreviousStrategies => PlanFolder.Names("Ports/PreviousStrategy");

    public static TheoryData<string> Reverts => PlanFolder.Names("Ports/Reverts");

    [Theory]
    [MemberData(nameof(ManagedService))]
    public void The_plan_of_the_gateways_Service_is_as_its_case_says(string name) => Expect("Ports/ManagedService", name);

    [Theory]
    [MemberData(nameof(CompanionService))]
    public void The_plan_of_the_companion_Services_is_as_its_case_says(string name) => Expect("Ports/CompanionService", name);

    [Theory]
    [MemberData(nameof(GatewayApi))]
    public void The_plan_of_the_listeners_is_as_its_case_says(string name) => Expect("Ports/GatewayApi", name);

    [Theory]
    [MemberData(nameof(PreviousStrategies))]
    public void The_plan_of_a_change_of_strategy_is_as_its_case_says(string name) => Expect("Ports/PreviousStrategy", name);

    [Theory]
    [MemberData(nameof(Reverts))]
    public void The_advice_about_reverts_is_as_its_case_says(string name)
    {
        var one = ExposurePlanCase.Read("Ports/Reverts", name);
        var history = one.Texts("reverts")
            .Select(at => new HistoryEntry(DateTimeOffset.Parse(at, null), HistoryTypes.PortReverted, null, Reasons.PortReverted, ""));
        var now = DateTimeOffset.Parse(one.Text("now"), null);
        var isReverted = one.Text("isReverted") == "true";

        var result = PortReverts.Advise(
            StepResult.Done(ExposurePlanCase.ObservationOf(one.Text("result"))),
            PortReverts.Count(history, isReverted, now)
        );

        one.Expect(new JsonObject { ["result"] = PlanText.Text(result) });
    }

    private static void Expect(string plan, string name)
    {
        var one = ExposurePlanCase.Read(plan, name);
        var active = one.Wanted.Where(exposure => !one.Blocked.Contains(exposure.Name)).ToList();
        var kept = one.Wanted.Where(exposure => one.Blocked.Contains(exposure.Name)).ToList();
        var isFirst = !PreviousStrategy.IsInUse(one.Status, one.Spec.Strategy);
        var work = new PortWork(one.Objects, one.Spec, "here", active, kept, isFirst)
        {
            Chosen = MeshPortJson.Read<ChosenAddress[]>((one.Array("chosen") ?? []).ToJsonString()),
        };

        var objects = Plans.Open(work);
        var outcomes = objects.SelectMany(found => found.Outcomes).ToDictionary(StringComparer.Ordinal);
        var unopened = active.Where(exposure => !outcomes[exposure.Name].IsOpen).Concat(kept).ToList();
        var previous = Plans.ClosePrevious(work, one.Status, unopened);

        var expected = new JsonObject
        {
            ["objects"] = new JsonArray([.. objects.Select(PlanText.Of)]),
            ["results"] = PlanText.Of(outcomes.ToDictionary(outcome => outcome.Key, outcome => outcome.Value.Result)),
            ["addresses"] = PlanText.ByName(outcomes, outcome => outcome.Address),
            ["ipv6"] = PlanText.ByName(outcomes, outcome => outcome.Ipv6),
            ["partly"] = PlanText.ByName(outcomes, outcome => outcome.Partly?.Address),
            ["loadBalancerFailures"] = PlanText.ByName(outcomes, outcome => outcome.LoadBalancerFailure),
            ["history"] = PlanText.ByName(
                outcomes,
                outcome =>
                    outcome.Reverted.Count > 0 ? HistoryTypes.PortReverted
                    : outcome.Repaired.Count > 0 ? HistoryTypes.Repaired
                    : null
            ),
            ["previous"] = new JsonObject(
                previous.Select(one =>
                    KeyValuePair.Create($"{one.Strategy}", (JsonNode?)new JsonArray([.. one.Objects.Select(PlanText.Of)]))
                )
            ),
        };
        one.Expect(PlanText.WithoutEmpty(expected));
    }
}
