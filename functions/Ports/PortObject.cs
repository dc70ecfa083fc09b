using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Kubernetes;

namespace MeshPort.Ports;

/// <summary>An object that holds ports of exposures, as it was observed and as it should be. To look at it and to carry it out are apart, so that a rehearsal sees the same.</summary>
/// <param name="Action">Null when nothing is to be sent.</param>
/// <param name="Observed">Null when there is no such object.</param>
/// <param name="Body">What to write; null when nothing is, or the object is to go.</param>
/// <param name="Before">What a person is told of it as it is: what MeshPort has of it.</param>
/// <param name="After">The same as it should be.</param>
/// <param name="Outcomes">By exposure that is to be opened here, if the writing succeeds.</param>
internal sealed record PortObject(
    ObjectRef Target,
    ChangeAction? Action,
    JsonObject? Observed,
    JsonObject? Body,
    JsonObject? Before,
    JsonObject? After,
    IReadOnlyDictionary<string, PortOutcome> Outcomes
)
{
    /// <summary>Of an object that others own: edited fields of ours are taken back by force, others' never.</summary>
    public bool IsForced { get; init; } = true;

    /// <summary>What others have added, where the object is MeshPort's as a whole.</summary>
    public FieldRemoval? UnmanagedFields { get; init; }

    /// <summary>What stays of it for a while though it is to go, for people; null where nothing does.</summary>
    public string? Remaining =>
        Observed is { } found && Body is null && (Action == ChangeAction.Delete ? Terminating.IsKept(found) : Terminating.IsOne(found))
            ? Terminating.Tell(Target, found)
            : null;

    /// <summary>Nothing is done, for a reason that the outcomes tell.</summary>
    public static PortObject Untouched(ObjectRef target, JsonObject? observed, IReadOnlyDictionary<string, PortOutcome> outcomes) =>
        new(target, null, observed, null, null, null, outcomes);

    /// <returns>What became of each exposure.</returns>
    /// <exception cref="HttpOperationException">The API server refused for now.</exception>
    public static async Task<IReadOnlyDictionary<string, PortOutcome>> ApplyAsync(
        KubernetesApi api,
        IReadOnlyList<PortObject> objects,
        CancellationToken cancellationToken
    )
    {
        var outcomes = new Dictionary<string, PortOutcome>(StringComparer.Ordinal);
        foreach (var one in objects)
        {
            var exception = await one.WriteAsync(api, cancellationToken);
            foreach (var (exposure, outcome) in one.Outcomes)
            {
                outcomes[exposure] = outcome.Address is null && !outcome.Result.Wait ? outcome : exception ?? outcome; // who was refused before was not in the body
            }
        }

        return outcomes;
    }

    /// <returns>What the API server refuses; null when it does not.</returns>
    private async Task<PortOutcome?> WriteAsync(KubernetesApi api, CancellationToken cancellationToken)
    {
        try
        {
            await (
                Action switch
                {
                    ChangeAction.Create when Body is not null => api.CreateAsync(Target, Body, cancellationToken),
                    ChangeAction.Update when Body is not null && UnmanagedFields is not null => api.RestoreAsync(
                        Target,
                        Body,
                        UnmanagedFields,
                        cancellationToken
                    ),
                    ChangeAction.Update when Body is not null => api.ApplyAsync(Target, Body, IsForced, cancellationToken),
                    ChangeAction.Delete => api.DeleteAsync(Target, Observed?.Uid(), cancellationToken),
                    _ => Task.CompletedTask,
                }
            );
            return null;
        }
        catch (HttpOperationException exception) when (KubernetesErrors.Refusal(exception) is { } refusal)
        {
            return PortOutcome.Refused(refusal.Reason, refusal.Message);
        }
    }
}
