using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>
/// Decides on changes of exposures, pure: preconditions, owners of ports and workloads, the port budget of the load balancer. An exposure
/// may take what another exposure of the same request gives up, so two exposures can swap their ports. A deleted exposure keeps its claims
/// until the cluster has nothing left of it. A request of the API takes the port of an exposure that a Service owns, which is deleted then
/// (ADR 18).
/// </summary>
/// <param name="exposures">The exposures that the changes name, and the holders of the claims that they want.</param>
/// <param name="claims">The claims that the changes want and that their exposures hold.</param>
/// <param name="number">The change number of the request.</param>
/// <param name="ports">Ports that the cluster's exposures hold before the request.</param>
internal sealed partial class ClaimDecision(
    ClusterId cluster,
    IReadOnlyDictionary<string, ExposureDocument> exposures,
    IReadOnlyDictionary<string, ClaimDocument> claims,
    long number,
    int ports,
    int portBudget,
    DateTimeOffset now
)
{
    /// <summary>A refusal may cause others. After this many rounds, every exposure that wants to move keeps its claims.</summary>
    private const int MostRounds = 20;

    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private readonly Dictionary<ExposureDocument, HashSet<string>> _wanted = new(ReferenceEqualityComparer.Instance);
    private Dictionary<string, ExposureDocument> _exposures = [];
    private Dictionary<string, ClaimDocument> _claims = [];
    private readonly List<ExposureResult> _displaced = [];

    /// <summary>The strategy of the cluster.</summary>
    public Strategy Strategy { get; init; } = Strategy.ManagedService;

    /// <summary>The exposures of Services that give up their ports to the request.</summary>
    public IReadOnlyList<ExposureResult> Displaced => _displaced;

    /// <summary>Ports that the cluster's exposures hold after the request.</summary>
    public int Ports { get; private set; }

    /// <summary>The writes of all claims that the request changes; a claim without holders is deleted.</summary>
    public IEnumerable<StateChange> Writes =>
        _changed.Select(thing =>
            _claims[thing] is { Holders.Count: > 0 } claim
                ? StateChange.Put(Documents.Claims + thing, claim)
                : StateChange.Delete(Documents.Claims + thing)
        );

    /// <returns>In the order of the changes.</returns>
    public IReadOnlyList<PutResult<ExposureSpec>> Decide(IReadOnlyList<ExposureChange> changes)
    {
        var stay = new HashSet<string>(StringComparer.Ordinal); // a refused exposure keeps its claims
        for (var round = 1; ; round++)
        {
            (_exposures, _claims, Ports) = (new(exposures, StringComparer.Ordinal), new(claims, StringComparer.Ordinal), ports);
            _changed.Clear();
            _displaced.Clear();
            var movers = changes
                .Where(wanted => !stay.Contains(wanted.Name) && Moves(wanted))
                .Select(wanted => wanted.Name)
                .ToHashSet(StringComparer.Ordinal);
            foreach (var mover in movers)
            {
                GiveUp(mover);
            }

            List<PutResult<ExposureSpec>> results = [.. changes.Select(Decide)];
            var refused = changes
                .Zip(results)
                .Where(one => one.Second.IsRefused && movers.Contains(one.First.Name))
                .Select(one => one.First.Name)
                .ToList();
            if (refused.Count == 0)
            {
                return results;
            }

            stay.UnionWith(round < MostRounds ? refused : movers);
        }
    }

    private PutResult<ExposureSpec> Decide(ExposureChange wanted)
    {
        var before = _exposures.GetValueOrDefault(wanted.Name);
        if (RefuseOwned(wanted, before) is { } owned)
        {
            return owned;
        }

        var isOfNothing = wanted.Spec is null && before is null; // not found comes before any precondition (RFC 9110, 13.2.1)
        if (!isOfNothing && wanted.Precondition.Violation(before?.Metadata.Etag) is { } violation)
        {
            return Refuse(PutOutcome.PreconditionFailed, violation);
        }

        return wanted.Spec is { } spec ? Put(wanted, spec, before) : Delete(wanted, before);
    }

    /// <summary>A request of the API that changes nothing is no conflict.</summary>
    private static PutResult<ExposureSpec>? RefuseOwned(ExposureChange wanted, ExposureDocument? before) =>
        before is not { Metadata: { DeletedAt: null, Owner: var owner } } || owner == wanted.Owner ? null
        : wanted is { Owner: null, Spec: { } same } && MeshPortJson.IsSame(before.Spec, same) ? null
        : owner is null ? Refuse(PutOutcome.OwnedByOther, $"An exposure '{wanted.Name}' exists that no Service asked for.")
        : Refuse(
            PutOutcome.OwnedByOther,
            $"Exposure {wanted.Name} belongs to {owner}. Change the annotations of that Service. "
                + "Or put an exposure with another name on the port, which then takes the port over."
        );

    private PutResult<ExposureSpec> Put(ExposureChange change, ExposureSpec spec, ExposureDocument? before)
    {
        var name = change.Name;
        if (before?.Metadata.DeletedAt is not null)
        {
            return Refuse(PutOutcome.BeingDeleted, $"Exposure {name} is being deleted. PUT it again when the deletion has finished.") with
            {
                Waits = true,
            };
        }

        if (before is not null && MeshPortJson.IsSame(before.Spec, spec))
        {
            return Accept(PutOutcome.Unchanged, before);
        }

        var wanted = ExposureClaim.Of(spec);
        var held = before is null ? [] : ExposureClaim.Of(before.Spec).Where(claim => Holders(claim.Thing).ContainsKey(name)).ToList();
        var morePorts = MorePorts(wanted, held);
        var displaced = Displaceable(change, wanted);
        var refused =
            RefuseTaken(change, wanted, displaced)
            ?? RefuseFull(name, wanted)
            ?? RefuseOverBudget(morePorts, spec.Ports is null ? "/spec/port" : "/spec/ports");
        if (refused is { } refusal)
        {
            return refusal;
        }

        displaced.ForEach(Displace);
        Ports += morePorts;
        held.ForEach(claim => Release(claim.Thing, name));
        foreach (var claim in wanted)
        {
            Hold(claim, name);
        }

        var metadata = Metadata.Next(before?.Metadata, $"{cluster.Path}/exposures/{name}", name, now) with { Owner = change.Owner };
        _exposures[name] = new ExposureDocument(spec, metadata, number);
        return Accept(before is null ? PutOutcome.Created : PutOutcome.Updated, _exposures[name]) with { Before = before?.Spec };
    }

    private PutResult<ExposureSpec> Delete(ExposureChange wanted, ExposureDocument? before)
    {
        switch (before)
        {
            case null:
                return wanted.MayBeGone
                    ? new PutResult<ExposureSpec>(PutOutcome.Unchanged, null)
                    : Refuse(PutOutcome.NotFound, $"Cluster {cluster.Name} has no exposure '{wanted.Name}'.");
            case { Metadata.DeletedAt: not null }:
                return Accept(PutOutcome.Unchanged, before);
            default:
                _exposures[wanted.Name] = before with { Metadata = before.Metadata.Deleted(now), Change = number };
                return Accept(PutOutcome.Deleting, _exposures[wanted.Name]);
        }
    }

    /// <summary>Deletes the exposure of a Service. Its only claim is the port that the request takes.</summary>
    private void Displace(string name)
    {
        var before = _exposures[name];
        foreach (var claim in ExposureClaim.Of(before.Spec))
        {
            Release(claim.Thing, name);
        }

        _exposures[name] = before with { Metadata = before.Metadata.Deleted(now), Change = number };
        _displaced.Add(new ExposureResult(name, Accept(PutOutcome.Deleting, _exposures[name])));
    }

    private PutResult<ExposureSpec>? RefuseOverBudget(int morePorts, string pointer) =>
        morePorts > 0 && Ports + morePorts > Math.Max(portBudget, ports)
            ? Refuse(
                PutOutcome.NoRoom,
                $"The cluster's exposures would have {Ports + morePorts} ports, but the load balancer has room for {portBudget}. "
                    + "Delete exposures or ports of other load balancer Services, or use another cluster. "
                    + $"Azure lets a node have 299 rules in all; the setting {Limits.Setting} says how many ports can have.",
                pointer
            )
            : null;

    private int MorePorts(IReadOnlyList<ExposureClaim> wanted, IReadOnlyList<ExposureClaim> held) =>
        wanted.Count(claim => claim.IsPort && Holders(claim.Thing).Count == 0)
        - held.Count(claim => claim.IsPort && wanted.All(other => other.Thing != claim.Thing) && Holders(claim.Thing).Count == 1);

    /// <summary>Whether the change may release claims of an exposure.</summary>
    private bool Moves(ExposureChange wanted) =>
        wanted.Spec is { } spec
        && _exposures.GetValueOrDefault(wanted.Name) is { Metadata.DeletedAt: null } before
        && wanted.Precondition.Violation(before.Metadata.Etag) is null
        && !MeshPortJson.IsSame(before.Spec, spec);

    private void GiveUp(string name)
    {
        foreach (var claim in ExposureClaim.Of(_exposures[name].Spec))
        {
            Ports -= claim.IsPort && Holders(claim.Thing) is { Count: 1 } holders && holders.ContainsKey(name) ? 1 : 0;
            Release(claim.Thing, name);
        }
    }

    private void Hold(ExposureClaim claim, string name) =>
        Change(
            claim.Thing,
            new Dictionary<string, IReadOnlyList<string>>(Holders(claim.Thing), StringComparer.Ordinal) { [name] = claim.Hosts }
        );

    private void Release(string thing, string name) =>
        Change(thing, Holders(thing).Where(holder => holder.Key != name).ToDictionary(StringComparer.Ordinal));

    /// <summary>The holders whose spec wants the claim. A request that died between its commits may leave others.</summary>
    private Dictionary<string, IReadOnlyList<string>> Holders(string thing) =>
        _claims
            .GetValueOrDefault(thing)
            ?.Holders.Where(holder => _exposures.TryGetValue(holder.Key, out var exposure) && Wants(exposure, thing))
            .ToDictionary(StringComparer.Ordinal)
        ?? [];

    /// <summary>Whether the spec of an exposure wants a claim. One with many ports wants many, so they are listed once.</summary>
    private bool Wants(ExposureDocument exposure, string thing)
    {
        if (!_wanted.TryGetValue(exposure, out var things))
        {
            _wanted[exposure] = things = ExposureClaim.Of(exposure.Spec).Select(claim => claim.Thing).ToHashSet(StringComparer.Ordinal);
        }

        return things.Contains(thing);
    }

    private void Change(string thing, IReadOnlyDictionary<string, IReadOnlyList<string>> holders)
    {
        _claims[thing] = new ClaimDocument(holders);
        _changed.Add(thing);
    }

    private static PutResult<ExposureSpec> Refuse(PutOutcome outcome, string detail, string pointer = "") =>
        new(outcome, null, Detail: detail, Pointer: pointer);

    private static PutResult<ExposureSpec> Accept(PutOutcome outcome, ExposureDocument exposure) =>
        new(
            outcome,
            new Resource<ExposureSpec>(
                exposure.Spec,
                exposure.Metadata,
                ResourceStatus.New(ConditionTypes.OfExposure, exposure.Metadata.CreatedAt)
            )
        );
}
