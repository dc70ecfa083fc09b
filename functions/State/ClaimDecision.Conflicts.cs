using MeshPort.Model;

namespace MeshPort.State;

/// <summary>Finds the exposures that keep a change from its claims.</summary>
internal sealed partial class ClaimDecision
{
    private PutResult<ExposureSpec>? RefuseTaken(
        ExposureChange change,
        IReadOnlyList<ExposureClaim> wanted,
        IReadOnlyList<string> displaced
    )
    {
        var taken = wanted
            .Select(claim => (Claim: claim, Owner: Excluded(change, claim).Except(displaced).OrderBy(IsDeleted).FirstOrDefault()))
            .Where(one => one.Owner is not null)
            .Select(one => (one.Claim, Waits: IsDeleted(one.Owner ?? ""), Detail: Taken(change, one.Claim, one.Owner ?? "")))
            .ToList();
        return taken.Count == 0
            ? null
            : Refuse(PutOutcome.Taken, Tell([.. taken.Select(one => (one.Claim, one.Detail))]), taken[0].Claim.Pointer) with
            {
                Waits = taken.TrueForAll(one => one.Waits),
            };
    }

    /// <summary>All host names of a port are one document, whose length is limited.</summary>
    private PutResult<ExposureSpec>? RefuseFull(string name, IReadOnlyList<ExposureClaim> wanted)
    {
        foreach (var claim in wanted)
        {
            var others = Holders(claim.Thing).Where(holder => holder.Key != name).ToList();
            if (
                others.Sum(holder => ClaimDocument.CharactersOf(holder.Key, holder.Value)) + ClaimDocument.CharactersOf(name, claim.Hosts)
                > ClaimDocument.MostCharacters
            )
            {
                return Refuse(
                    PutOutcome.Taken,
                    $"{claim.Description} has no room for more server names: {others.Sum(holder => holder.Value.Count)} names of "
                        + $"{Counted.Of(others.Count, "exposure")} fill it. Choose another port.",
                    claim.Pointer
                );
            }
        }

        return null;
    }

    /// <summary>The exposures of Services on ports that a request of the API wants.</summary>
    private List<string> Displaceable(ExposureChange change, IReadOnlyList<ExposureClaim> wanted) =>
        change.Owner is not null
            ? []
            :
            [
                .. wanted
                    .SelectMany(claim => Excluded(change, claim))
                    .Where(holder => _exposures[holder].Metadata is { DeletedAt: null, Owner: not null })
                    .Where(holder => MayDisplace(change, holder))
                    .Distinct(StringComparer.Ordinal),
            ];

    private bool IsDeleted(string name) => _exposures[name].Metadata.DeletedAt is not null;

    private bool MayDisplace(ExposureChange change, string holder) => change.MayDisplace?.Invoke(_exposures[holder].Spec) != false;

    /// <summary>The exposures that keep another one from the claim.</summary>
    private IEnumerable<string> Excluded(ExposureChange change, ExposureClaim claim) =>
        Holders(claim.Thing)
            .Where(holder =>
                holder.Key != change.Name && (claim.Excludes(holder.Value) || (claim.IsPort && !MayShare(change, _exposures[holder.Key])))
            )
            .Select(holder => holder.Key);

    /// <summary>
    /// Whether different server names may share a port. Different sources can close the exposure that has some, so a Service shares ports
    /// only with Services that let the same clients in, and never with the API. On port 443, the sources of one exposure close no other,
    /// except with companionService (SourceRestriction), so only <c>clientAddress</c> counts there.
    /// </summary>
    private bool MayShare(ExposureChange change, ExposureDocument holder) =>
        (change.Owner, holder.Metadata.Owner) switch
        {
            (null, null) => true,
            _ when change.Spec is { OnlyPort: GatewayPort.Shared } spec => spec.ClientAddress == holder.Spec.ClientAddress
                && (Strategy != Strategy.CompanionService || spec.AllowedSources.SequenceEqual(holder.Spec.AllowedSources)),
            (null, _) or (_, null) => false,
            _ => change.Spec is { } spec
                && spec.AllowedSources.SequenceEqual(holder.Spec.AllowedSources)
                && spec.ClientAddress == holder.Spec.ClientAddress,
        };

    /// <summary>The refusal of the first claim, and how many other ports have one.</summary>
    private static string Tell(List<(ExposureClaim Claim, string Detail)> taken) =>
        taken.Skip(1).Count(one => one.Claim.IsPort) is var others and > 0
            ? $"{taken[0].Detail} The same is true of {Counted.Of(others, "other port")}."
            : taken[0].Detail;

    private string Taken(ExposureChange change, ExposureClaim claim, string owner) =>
        _exposures[owner].Metadata is { DeletedAt: null, Owner: var service }
            ? change.Owner is null && service is not null
                ? $"{claim.Description} is claimed by exposure '{owner}' of {service}, which your role may not delete. Choose another port."
                : $"{claim.Description} is already claimed by exposure '{owner}'. "
                    + (
                        claim.Excludes(Holders(claim.Thing)[owner]) ? ""
                        : change.Spec is { OnlyPort: GatewayPort.Shared }
                            ? "Services share it only with the same clientAddress, "
                                + "and with strategy companionService with the same allowedSources. "
                        : "Services share a port only with Services of the same sources. "
                    )
                    + $"Choose another {claim.Kind}, or delete that exposure."
            : $"{claim.Description} is still claimed by exposure '{owner}', which is being deleted. Try again after the deletion.";
}
