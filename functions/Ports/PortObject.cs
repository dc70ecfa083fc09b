using System.Text.Json.Nodes;
using k8s.Autorest;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Ports;

/// <summary>
/// An object that holds ports of exposures, observed and desired. The plan is separate from its application, so that a dry run sees the
/// same plan.
/// </summary>
/// <param name="Action">Null when MeshPort sends nothing.</param>
/// <param name="Observed">Null when the object does not exist.</param>
/// <param name="Body">The body to write; null when MeshPort writes nothing or deletes the object.</param>
/// <param name="Before">MeshPort's part of the observed object, for people.</param>
/// <param name="After">The same after the change.</param>
/// <param name="Outcomes">By exposure, the outcome if the write succeeds.</param>
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
    /// <summary>The usual reason of a change.</summary>
    public const string PortsDiffer = "Its ports that MeshPort manages differ.";

    /// <summary>
    /// Whether the apply overwrites MeshPort's fields that others have edited in an object of others. It never overwrites other fields.
    /// </summary>
    public bool IsForced { get; init; } = true;

    /// <summary>The exposures whose objects, which come later, need this one. Its refusal is theirs.</summary>
    public IReadOnlyList<string> NeededBy { get; init; } = [];

    /// <summary>The field manager of the apply.</summary>
    public string Manager { get; init; } = KubernetesApi.FieldManager;

    /// <summary>Why MeshPort changes the object, for people.</summary>
    public string Why { get; init; } = PortsDiffer;

    /// <summary>Why ports stay open although MeshPort gives them up, for people.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    /// <summary>The ports of others that MeshPort takes over, with their owners: parts of sentences.</summary>
    public IReadOnlyList<string> Adopted { get; init; } = [];

    /// <summary>
    /// Fields that others have added to an object that MeshPort owns as a whole, or their ownership of ports that MeshPort takes over.
    /// </summary>
    public FieldRemoval? UnmanagedFields { get; init; }

    /// <summary>Why the object remains for a while after its deletion, for people; null when it does not.</summary>
    public string? Remaining =>
        Observed is { } found && Body is null && (Action == ChangeAction.Delete ? Terminating.IsKept(found) : Terminating.IsOne(found))
            ? Terminating.Tell(Target, found)
            : null;

    /// <summary>An object without a write. The outcomes give the reason.</summary>
    public static PortObject Untouched(ObjectRef target, JsonObject? observed, IReadOnlyDictionary<string, PortOutcome> outcomes) =>
        new(target, null, observed, null, null, null, outcomes);

    /// <returns>By exposure, the outcome.</returns>
    /// <exception cref="HttpOperationException">The API server is busy or failing.</exception>
    public static async Task<IReadOnlyDictionary<string, PortOutcome>> ApplyAsync(
        KubernetesApi api,
        IReadOnlyList<PortObject> objects,
        CancellationToken cancellationToken
    )
    {
        var outcomes = new Dictionary<string, PortOutcome>(StringComparer.Ordinal);
        var refused = new Dictionary<string, Observation>(StringComparer.Ordinal);
        foreach (var one in objects)
        {
            // Without the object that it needs, a new one would not work.
            var isUseless = one.Action == ChangeAction.Create && one.Outcomes.Count > 0 && one.Outcomes.Keys.All(refused.ContainsKey);
            var refusal = isUseless ? null : await one.WriteAsync(api, cancellationToken);
            if (refusal is not null)
            {
                foreach (var exposure in one.NeededBy)
                {
                    refused[exposure] = refusal;
                }
            }

            foreach (var (exposure, outcome) in one.Outcomes)
            {
                outcomes[exposure] = (refused.GetValueOrDefault(exposure) ?? refusal) is { } reason
                    ? outcome.AfterRefusal(reason)
                    : outcome;
            }
        }

        return outcomes;
    }

    /// <summary>Closes the ports that the objects do not hold any more.</summary>
    /// <returns>The first refusal of the API server; null when it accepts all writes.</returns>
    /// <exception cref="HttpOperationException">The API server is busy or failing.</exception>
    public static async Task<Observation?> CloseAsync(
        KubernetesApi api,
        IReadOnlyList<PortObject> objects,
        CancellationToken cancellationToken
    )
    {
        Observation? first = null;
        foreach (var one in objects)
        {
            var refusal = await one.WriteAsync(api, cancellationToken);
            first ??= refusal;
        }

        return first;
    }

    /// <returns>The refusal of the API server; null when it accepts the write.</returns>
    private async Task<Observation?> WriteAsync(KubernetesApi api, CancellationToken cancellationToken)
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
                        IsForced,
                        cancellationToken
                    ),
                    ChangeAction.Update when Body is not null => api.ApplyAsync(Target, Body, IsForced, Manager, cancellationToken),
                    ChangeAction.Delete => api.DeleteAsync(Target, Observed?.Uid(), null, cancellationToken),
                    _ => Task.CompletedTask,
                }
            );
            return null;
        }
        catch (HttpOperationException exception) when (KubernetesErrors.Refusal(exception, api.Connection) is { } refusal)
        {
            return refusal;
        }
    }
}
