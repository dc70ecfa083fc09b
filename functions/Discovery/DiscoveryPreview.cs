using System.Text.Json;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Discovery;

/// <summary>The exposures that Services would get, change and lose, and the refusals, for a dry run. Pure.</summary>
internal sealed record DiscoveryPreview(
    IReadOnlyList<ExposureResult> Accepted,
    IReadOnlyList<(ServiceOwner Owner, AnswerLine Line)> Refused
)
{
    public static readonly DiscoveryPreview None = new([], []);

    /// <summary>Why the requests of Services are not known; null when they are.</summary>
    public Observation? Unknown { get; init; }

    private IEnumerable<Resource<ExposureSpec>> Puts =>
        Accepted
            .Where(item => item.Result.Outcome is PutOutcome.Created or PutOutcome.Updated)
            .Select(item => item.Result.Resource)
            .OfType<Resource<ExposureSpec>>();

    /// <summary>The names of the exposures that Services would lose.</summary>
    public IReadOnlySet<string> Removed { get; } =
        Accepted.Where(item => item.Result.Outcome == PutOutcome.Deleting).Select(item => item.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>The names of the exposures that Services would get or change.</summary>
    public IReadOnlySet<string> PutNames => Puts.Select(put => put.Metadata.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>The exposures of the cluster afterwards.</summary>
    public IReadOnlyList<NamedExposure> After(IReadOnlyList<NamedExposure> wanted)
    {
        var before = wanted.ToDictionary(exposure => exposure.Name, StringComparer.Ordinal);
        return
        [
            .. wanted.Where(exposure => !Removed.Contains(exposure.Name) && !PutNames.Contains(exposure.Name)),
            .. Puts.Select(put =>
            {
                var addresses = before.GetValueOrDefault(put.Metadata.Name)?.Status.Addresses ?? [];
                return new NamedExposure(put.Metadata.Name, 0, put.Spec) { Status = new ResourceStatus { Addresses = addresses } };
            }),
        ];
    }

    public IReadOnlyList<PlannedChange> Tell(ClusterId cluster) =>
        [
            .. Accepted.Select(item => Tell($"{cluster.Path}/exposures/{item.Name}", item.Result)).OfType<PlannedChange>(),
            .. Refused.Select(refusal =>
                PlannedChange.None(refusal.Owner.ToString(), $"Its request is refused ({refusal.Line.Reason}). {refusal.Line.Message}")
            ),
        ];

    private static PlannedChange? Tell(string target, PutResult<ExposureSpec> result) =>
        result switch
        {
            { Outcome: PutOutcome.Created, Resource: { Metadata.Owner: var owner } made } => PlannedChange.Create(
                target,
                $"{owner} asks for it by annotations.",
                JsonSerializer.SerializeToNode(made.Spec, MeshPortJson.Options)
            ),
            { Outcome: PutOutcome.Updated, Resource: { Metadata.Owner: var owner } made } => PlannedChange.Update(
                target,
                $"{owner} asks for it by annotations.",
                JsonSerializer.SerializeToNode(result.Before, MeshPortJson.Options),
                JsonSerializer.SerializeToNode(made.Spec, MeshPortJson.Options)
            ),
            { Outcome: PutOutcome.Deleting, Resource.Metadata.Owner: var owner } => PlannedChange.Delete(
                target,
                $"{owner} does not ask for it any more, or may not."
            ),
            _ => null,
        };
}
