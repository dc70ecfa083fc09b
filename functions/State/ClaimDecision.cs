using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>
/// Decides what may be, pure: preconditions, who holds which port, the room on the load balancer. What exposures of one request give up, others of it may take, so that two can
/// change their ports in one go. A thing is given back when nothing of its exposure is left, not when its removal is asked for.
/// </summary>
/// <param name="exposures">Those that the wishes name, and the holders of what they want.</param>
/// <param name="claims">On what the wishes want and on what their exposures hold.</param>
/// <param name="change">The number of the change that the request makes.</param>
/// <param name="ports">How many ports the cluster's exposures have.</param>
internal sealed class ClaimDecision(
    ClusterId cluster,
    IReadOnlyDictionary<string, ExposureDocument> exposures,
    IReadOnlyDictionary<string, ClaimDocument> claims,
    long change,
    int ports,
    int portBudget,
    DateTimeOffset now
)
{
    /// <summary>Refusals that follow from each other for longer than this refuse all that depends on what others give up.</summary>
    private const int MostRounds = 20;

    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private Dictionary<string, ExposureDocument> _exposures = [];
    private Dictionary<string, ClaimDocument> _claims = [];

    /// <summary>How many ports there are after the wishes.</summary>
    public int Ports { get; private set; }

    /// <summary>The claims that the wishes have changed; one without holders is free.</summary>
    public IEnumerable<(string Thing, ClaimDocument ExposureClaim)> ChangedClaims => _changed.Select(thing => (thing, _claims[thing]));

    /// <returns>In the order of the wishes.</returns>
    public IReadOnlyList<PutResult<ExposureSpec>> Decide(IReadOnlyList<ExposureChange> wishes)
    {
        var stay = new HashSet<string>(StringComparer.Ordinal); // who is refused keeps what it has
        for (var round = 1; ; round++)
        {
            (_exposures, _claims, Ports) = (new(exposures, StringComparer.Ordinal), new(claims, StringComparer.Ordinal), ports);
            _changed.Clear();
            var movers = wishes
                .Where(wish => !stay.Contains(wish.Name) && Moves(wish))
                .Select(wish => wish.Name)
                .ToHashSet(StringComparer.Ordinal);
            foreach (var mover in movers)
            {
                GiveUp(mover);
            }

            List<PutResult<ExposureSpec>> results = [.. wishes.Select(Decide)];
            var refused = wishes
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

    private PutResult<ExposureSpec> Decide(ExposureChange wish)
    {
        var before = _exposures.GetValueOrDefault(wish.Name);
        var isOfNothing = wish.Spec is null && before is null; // not found, whatever is required of it (RFC 9110, 13.2.1)
        if (!isOfNothing && wish.Precondition.Violation(before?.Metadata.Etag) is { } violation)
        {
            return Refuse(PutOutcome.PreconditionFailed, violation);
        }

        return wish.Spec is { } spec ? Put(wish.Name, spec, before) : Delete(wish, before);
    }

    private PutResult<ExposureSpec> Put(string name, ExposureSpec spec, ExposureDocument? before)
    {
        if (before?.Metadata.DeletedAt is not null)
        {
            return Refuse(PutOutcome.BeingDeleted, $"Exposure {name} is being removed; PUT it again when it is gone.");
        }

        if (before is not null && MeshPortJson.IsSame(before.Spec, spec))
        {
            return Answer(PutOutcome.Unchanged, before);
        }

        var wanted = ExposureClaim.Of(spec);
        foreach (var claim in wanted)
        {
            if (Holders(claim.Thing).FirstOrDefault(holder => holder.Key != name && claim.Excludes(holder.Value)).Key is { } other)
            {
                var remedy = _exposures[other].Metadata.DeletedAt is null
                    ? "; choose another, or remove that exposure."
                    : ", which is being removed; ask again when it is gone.";
                return new PutResult<ExposureSpec>(
                    PutOutcome.Taken,
                    null,
                    Detail: $"{claim.Description} is held by exposure '{other}'{remedy}",
                    Pointer: claim.Pointer
                );
            }
        }

        var held = before is null ? [] : ExposureClaim.Of(before.Spec).Where(claim => Holders(claim.Thing).ContainsKey(name)).ToList();
        var more =
            wanted.Count(claim => claim.IsPort && Holders(claim.Thing).Count == 0)
            - held.Count(claim => claim.IsPort && wanted.All(other => other.Thing != claim.Thing) && Holders(claim.Thing).Count == 1);
        if (more > 0 && Ports + more > Math.Max(portBudget, ports))
        {
            return new PutResult<ExposureSpec>(
                PutOutcome.NoRoom,
                null,
                Detail: $"The cluster's exposures would have {Ports + more} ports and there is room for {portBudget} (a load balancer takes 250 rules by default, those of the cluster's other Services among them); remove some of either, or raise {Limits.Setting} together with the load balancer's own limit.",
                Pointer: "/spec/port"
            );
        }

        Ports += more;
        foreach (var claim in held)
        {
            Release(claim.Thing, name);
        }

        foreach (var claim in wanted)
        {
            Hold(claim, name);
        }

        _exposures[name] = new ExposureDocument(
            spec,
            Metadata.Next(before?.Metadata, $"{cluster.Path}/exposures/{name}", name, now),
            change
        );
        return Answer(before is null ? PutOutcome.Created : PutOutcome.Updated, _exposures[name]) with { Before = before?.Spec };
    }

    private PutResult<ExposureSpec> Delete(ExposureChange wish, ExposureDocument? before) =>
        before switch
        {
            null when wish.MayBeGone => new PutResult<ExposureSpec>(PutOutcome.Unchanged, null),
            null => Refuse(PutOutcome.NotFound, $"Cluster {cluster.Name} has no exposure '{wish.Name}'."),
            { Metadata.DeletedAt: not null } => Answer(PutOutcome.Unchanged, before),
            _ => Answer(PutOutcome.Deleting, before with { Metadata = before.Metadata.Deleted(now), Change = change }),
        };

    private bool Moves(ExposureChange wish) =>
        wish.Spec is { } spec
        && _exposures.GetValueOrDefault(wish.Name) is { Metadata.DeletedAt: null } before
        && wish.Precondition.Violation(before.Metadata.Etag) is null
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

    /// <summary>Without those that do not want it: a request that died between its commits may leave some.</summary>
    private Dictionary<string, IReadOnlyList<string>> Holders(string thing) =>
        _claims
            .GetValueOrDefault(thing)
            ?.Holders.Where(holder =>
                _exposures.TryGetValue(holder.Key, out var exposure) && ExposureClaim.Of(exposure.Spec).Any(claim => claim.Thing == thing)
            )
            .ToDictionary(StringComparer.Ordinal)
        ?? [];

    private void Change(string thing, IReadOnlyDictionary<string, IReadOnlyList<string>> holders)
    {
        _claims[thing] = new ClaimDocument(holders);
        _changed.Add(thing);
    }

    private static PutResult<ExposureSpec> Refuse(PutOutcome outcome, string detail) => new(outcome, null, Detail: detail);

    private static PutResult<ExposureSpec> Answer(PutOutcome outcome, ExposureDocument exposure) =>
        new(
            outcome,
            new Resource<ExposureSpec>(
                exposure.Spec,
                exposure.Metadata,
                ResourceStatus.New(ConditionTypes.OfExposure, exposure.Metadata.CreatedAt)
            )
        );
}
