using System.Text.Json.Nodes;
using MeshPort.Firewall;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;

namespace MeshPort.Convergence;

/// <summary>The changes that a dry run has recorded, as its answer tells them. Pure.</summary>
internal static class PlanText
{
    public static string PortOf(ExposureSpec spec) => $"{spec.TellPorts(isFirst: true)} of the {spec.Gateway.Text()} gateway";

    /// <param name="observed">Null when the object does not exist.</param>
    public static PlannedChange Of(Change change, JsonObject? observed) =>
        (change.Action, observed) switch
        {
            (ChangeAction.Delete, _) => PlannedChange.Delete(change.Target.ToString(), change.Why),
            (ChangeAction.Update, not null) => Update(change, observed),
            _ => PlannedChange.Create(change.Target.ToString(), change.Why, change.Body),
        };

    /// <summary>An object of others that is released: the fields that MeshPort's objects have differently.</summary>
    public static PlannedChange Of(RouteRelease release) =>
        new(
            release.Change.Action == ChangeAction.Delete ? PlannedAction.Delete : PlannedAction.Update,
            release.Change.Target.ToString(),
            release.Change.Why,
            release.Differences
        );

    /// <summary>An object that holds ports.</summary>
    public static PlannedChange Of(PortObject one) =>
        one.Action switch
        {
            ChangeAction.Create => PlannedChange.Create(one.Target.ToString(), "It does not exist.", one.After),
            ChangeAction.Update => Update(one),
            ChangeAction.Delete => PlannedChange.Delete(one.Target.ToString(), "No exposure needs it."),
            _ => PlannedChange.None(
                one.Target.ToString(),
                one.Observed is { } found && Terminating.IsOne(found) ? Terminating.Tell(one.Target, found)
                    : one.Target.Kind == ObjectKind.ConfigMap ? "Its parameters are as desired."
                    : "Its ports are as desired."
            ),
        };

    /// <summary>An object of the previous strategy that still holds ports.</summary>
    public static PlannedChange OfLater(PortObject one) =>
        PlannedChange.Delete(one.Target.ToString(), "The strategy changes. It serves until the new ports have an address.");

    /// <summary>A wanted object that does not change.</summary>
    public static PlannedChange Unchanged(ObjectRef target, JsonObject observed) =>
        PlannedChange.None(target.ToString(), Terminating.IsOne(observed) ? Terminating.Tell(target, observed) : "It is as desired.");

    /// <param name="unaddressed">The exposures that have no address yet, so that their rule is not known.</param>
    public static IReadOnlyList<PlannedChange> Of(FirewallSnapshot observed, FirewallPlan plan, IEnumerable<NamedExposure> unaddressed)
    {
        if (observed.Id is not { } id)
        {
            return [];
        }

        var rules = FirewallRules.Rules(observed.Group);
        List<PlannedChange> changes =
        [
            .. plan.Puts.Select(rule => Put($"{id}/securityRules/{rule.Name}", rule, rules.GetValueOrDefault(rule.Name))),
            .. unaddressed.Select(exposure =>
                PlannedChange.Create(
                    $"{id}/securityRules",
                    $"A rule lets {exposure.Spec.TellPorts()} of exposure {exposure.Name} through when it has an address.",
                    null
                )
            ),
            .. plan
                .Returning.Values.Distinct(StringComparer.Ordinal)
                .Select(name =>
                    PlannedChange.Create($"{id}/securityRules/{name}", "Azure is still deleting it. MeshPort then makes it again.", null)
                ),
            .. plan.Deletes.Select(name => PlannedChange.Delete($"{id}/securityRules/{name}", "No exposure needs it.")),
            .. plan
                .Refused.Values.Select(refusal => refusal.Message)
                .Distinct()
                .Select(message => PlannedChange.None(id.ToString(), message)),
        ];
        return changes.Count > 0 ? changes : [PlannedChange.None(id.ToString(), "Its rules are as desired.")];
    }

    private static PlannedChange Update(Change change, JsonObject observed)
    {
        var desired = change.Body?["spec"];
        return Update($"{change.Target}", change.Why, FieldDifference.Part(observed["spec"], desired), desired, change.Why);
    }

    private static PlannedChange Update(PortObject one)
    {
        var others = one.Left.Concat(one.Adopted.Select(port => $"MeshPort takes over {port}.")).ToList();
        return Update(
            $"{one.Target}",
            string.Join(' ', others.Prepend(one.Why)),
            one.Before,
            one.After,
            others.Count > 0 ? string.Join(' ', others) : "A field that MeshPort manages differs."
        );
    }

    /// <summary>The diff leaves out fields that others have set, so the two sides may look alike. It is an update all the same.</summary>
    /// <param name="otherwise">The reason when the two sides look alike.</param>
    private static PlannedChange Update(string target, string why, JsonNode? before, JsonNode? after, string otherwise)
    {
        var update = PlannedChange.Update(target, why, before, after);
        return update.Action == PlannedAction.Update ? update : new PlannedChange(PlannedAction.Update, target, otherwise, []);
    }

    private static PlannedChange Put(string target, FirewallRule rule, JsonObject? observed)
    {
        var body = rule.Body["properties"];
        var effect = body?["access"]?.GetValue<string>() == "Deny" ? "keeps others out of" : "lets through";
        var names = string.Join(", ", rule.Exposures.Select(exposure => exposure.Name).Order(StringComparer.Ordinal));
        var why = $"It {effect} {names}.";
        return observed is null
            ? PlannedChange.Create(target, why, body)
            : Update(target, why, FieldDifference.Part(observed["properties"], body), body, "Azure could not apply its last write.");
    }
}
