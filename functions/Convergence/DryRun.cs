using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;
using MeshPort.Ports;
using MeshPort.Routes;

namespace MeshPort.Convergence;

/// <summary>The exposures of a cluster as they would be if one were put or removed, and what of a plan for all of them concerns that one, pure.</summary>
/// <param name="Before">As it is known; null where it is not.</param>
/// <param name="Wanted">Null where its removal is planned.</param>
/// <param name="Others">That are not being removed.</param>
internal sealed record DryRun(
    Resource<ClusterSpec> Owner,
    string Name,
    Resource<ExposureSpec>? Before,
    NamedExposure? Wanted,
    IReadOnlyList<NamedExposure> Others
)
{
    public IReadOnlyList<NamedExposure> Mine => Wanted is null ? [] : [Wanted];

    public IReadOnlyList<NamedExposure> All => [.. Others, .. Mine];

    public static DryRun Of(Resource<ClusterSpec> owner, string name, ExposureSpec? spec, IReadOnlyList<Resource<ExposureSpec>> known)
    {
        var before = known.FirstOrDefault(exposure => exposure.Metadata.Name == name);
        var others = known
            .Where(other => other.Metadata.Name != name && other.Metadata.DeletedAt is null)
            .Select(NamedExposure.Of)
            .ToList();
        var wanted =
            spec is null ? null
            : before is not null && MeshPortJson.Write(before.Spec) == MeshPortJson.Write(spec)
                ? NamedExposure.Of(before) with
                {
                    Status = before.Status with { Conditions = [.. before.Status.Conditions.Select(Hopeful)] },
                }
            : new NamedExposure(name, 0, spec)
            {
                Status = new ResourceStatus
                {
                    Addresses = before is not null && before.Spec.Gateway == spec.Gateway ? before.Status.Addresses : [],
                },
            };
        return new DryRun(owner, name, before, wanted, others);
    }

    public static string PortOf(ExposureSpec spec) => $"Port {spec.Port} of the {spec.Gateway.ToString().ToLowerInvariant()} gateway";

    /// <summary>All of them, with the address at which this one would be open.</summary>
    public IReadOnlyList<NamedExposure> At(string? address) => Wanted is null ? Others : [.. Others, Wanted.At(address)];

    /// <param name="desired">Of all exposures, since some objects serve several.</param>
    /// <param name="obstacle">Why the exposure's own are not written; null when they are.</param>
    public IEnumerable<PlannedChange> Changes(
        IReadOnlyList<DesiredObject> desired,
        Dictionary<ObjectRef, JsonObject> observed,
        Observation? obstacle
    )
    {
        var names = Others.Select(other => other.Name).Append(Name).ToHashSet(StringComparer.Ordinal);
        var changes = ObjectPlan.Make(desired, observed, names).Where(change => IsMine(change, observed)).ToList();
        var mine = desired.Where(one => one.Exposure == Name).ToList();
        foreach (var change in DesiredRoutes.Possible(changes, observed, _ => obstacle is not null))
        {
            yield return Told(change, observed.GetValueOrDefault(change.Target));
        }

        if (obstacle is not null)
        {
            yield return PlannedChange.None(
                Owner.Metadata.Id + "/exposures/" + Name,
                $"{obstacle.Message} The exposure would not become ready."
            );
            yield break;
        }

        foreach (var one in mine.Where(one => changes.TrueForAll(change => change.Target != one.Target)))
        {
            yield return PlannedChange.None(
                one.Target.ToString(),
                observed.TryGetValue(one.Target, out var found) && Terminating.IsOne(found)
                    ? Terminating.Tell(one.Target, found)
                    : "It is as desired."
            );
        }
    }

    /// <summary>What would be written of the objects that hold ports; those that the exposure has nothing to do with only where they change.</summary>
    public IEnumerable<PlannedChange> Ports(IReadOnlyList<PortObject> objects)
    {
        var told = 0;
        foreach (var one in objects.Where(one => one.Action is not null || one.Outcomes.ContainsKey(Name)))
        {
            told++;
            yield return one.Outcomes.GetValueOrDefault(Name) is { Address: null, Report: { Wait: false, Observation: var refusal } }
                ? PlannedChange.None(one.Target.ToString(), $"{refusal.Message} It stays, and the exposure would not become ready.")
                : Told(one);
        }

        if (told == 0 && (Wanted?.Spec ?? Before?.Spec) is { } spec)
        {
            yield return PlannedChange.None(PortOf(spec), "It is not open, and nothing is written for it.");
        }
    }

    /// <summary>What would be done to an object of an exposure's own.</summary>
    /// <param name="observed">Null where there is none.</param>
    public static PlannedChange Told(Change change, JsonObject? observed) =>
        (change.Action, observed) switch
        {
            (ChangeAction.Delete, _) => PlannedChange.Delete(change.Target.ToString(), change.Why),
            (ChangeAction.Update, not null) => Update(change, observed),
            _ => PlannedChange.Create(change.Target.ToString(), change.Why, change.Body),
        };

    /// <summary>What would be written of an object that holds ports.</summary>
    public static PlannedChange Told(PortObject one) =>
        one.Action switch
        {
            ChangeAction.Create => PlannedChange.Create(one.Target.ToString(), "It does not exist.", one.After),
            ChangeAction.Update => Update(one),
            ChangeAction.Delete => PlannedChange.Delete(one.Target.ToString(), "No exposure needs it any more."),
            _ => PlannedChange.None(
                one.Target.ToString(),
                one.Observed is { } found && Terminating.IsOne(found) ? Terminating.Tell(one.Target, found) : "Its ports are as desired."
            ),
        };

    /// <summary>What somebody else has set, and what is given back, is no part of what is asked for, so the two may look alike.</summary>
    private static PlannedChange Update(Change change, JsonObject observed) =>
        PlannedChange.Update(
            change.Target.ToString(),
            change.Why,
            FieldDifference.Part(observed["spec"], change.Body?["spec"]),
            change.Body?["spec"]
        )
            is { Action: PlannedAction.Update } update
            ? update
            : new PlannedChange(PlannedAction.Update, change.Target.ToString(), change.Why, []);

    private static PlannedChange Update(PortObject one) =>
        PlannedChange.Update(one.Target.ToString(), "MeshPort's ports of it differ.", one.Before, one.After)
            is { Action: PlannedAction.Update } update
            ? update
            : new PlannedChange(PlannedAction.Update, one.Target.ToString(), "A field of MeshPort's differs.", []);

    /// <summary>The exposure's own, and those that serve several, such as a DestinationRule, where it is among them or was.</summary>
    private bool IsMine(Change change, Dictionary<ObjectRef, JsonObject> observed) =>
        change.Exposure == Name
        || (change.Exposure is null && ObjectPlan.Owner(observed[change.Target]) == Name)
        || (
            change.Target.Kind == ObjectKind.DestinationRule
            && new[] { Wanted?.Spec, Before?.Spec }
                .OfType<ExposureSpec>()
                .Any(spec =>
                    spec.Backends.Any(backend =>
                        change.Target == new ObjectRef(ObjectKind.DestinationRule, backend.Namespace, IstioRoutes.NameOf(backend.Service))
                    )
                )
        );

    /// <summary>What is in the exposure's way now is looked at anew, not remembered.</summary>
    private static Condition Hopeful(Condition condition) =>
        condition.Type is ConditionTypes.WorkloadReady or ConditionTypes.RouteProgrammed && condition.Status != ConditionStatus.True
            ? condition with
            {
                Status = ConditionStatus.True,
            }
            : condition;
}
