using MeshPort.Model;

namespace MeshPort.State;

/// <summary>A request for one exposure.</summary>
/// <param name="Spec">Null deletes the exposure.</param>
/// <param name="MayBeGone">Whether deleting an exposure that does not exist succeeds.</param>
/// <param name="Owner">The Service that asks for it; null for a request of the API.</param>
internal sealed record ExposureChange(
    string Name,
    ExposureSpec? Spec,
    Precondition Precondition,
    bool MayBeGone = false,
    ServiceOwner? Owner = null
)
{
    /// <summary>Whether the caller may take the port of an exposure that a Service owns; null allows every one.</summary>
    public Func<ExposureSpec, bool>? MayDisplace { get; init; }
}

/// <summary>The result of a request for exposures.</summary>
/// <param name="Refusal">Set when the whole request is refused, because the cluster does not exist or is being deleted.</param>
/// <param name="OperationId">The operation; null when nothing changed.</param>
/// <param name="Items">In the order of the changes.</param>
internal sealed record ExposuresResult(PutOutcome? Refusal, string? OperationId, IReadOnlyList<ExposureResult> Items)
{
    /// <summary>The exposures of Services that give up their ports to the request, and are deleted.</summary>
    public IReadOnlyList<ExposureResult> Displaced { get; init; } = [];

    /// <summary>Their deletions.</summary>
    public IEnumerable<ExposureChange> Displacements => Displaced.Select(item => new ExposureChange(item.Name, null, Precondition.None));

    /// <summary>The result of a request for one exposure.</summary>
    public PutResult<ExposureSpec> Single =>
        Refusal is { } refusal ? new PutResult<ExposureSpec>(refusal, null) : Items[0].Result with { OperationId = OperationId };
}

internal sealed record ExposureResult(string Name, PutResult<ExposureSpec> Result);
