using MeshPort.Model;

namespace MeshPort.State;

internal enum PutOutcome
{
    Created,
    Updated,
    Unchanged,
    Deleting,
    PreconditionFailed,
    ClusterNotFound,
    NotFound,

    /// <summary>The cluster or the exposure is being removed.</summary>
    BeingDeleted,
    Taken,

    /// <summary>The load balancer has no room for another port.</summary>
    NoRoom,

    /// <summary>Nothing is wrong with it; others of the same batch were refused.</summary>
    HeldBack,
}

/// <param name="Resource">What is stored now; null when the change was refused.</param>
/// <param name="OperationId">Follows the change; null when nothing changed.</param>
/// <param name="Detail">Why the change was refused.</param>
/// <param name="Pointer">The field that asks for what another exposure holds.</param>
/// <param name="Before">The spec that was desired before.</param>
internal sealed record PutResult<TSpec>(
    PutOutcome Outcome,
    Resource<TSpec>? Resource,
    string? OperationId = null,
    string? Detail = null,
    string Pointer = "",
    TSpec? Before = default
)
{
    public bool IsRefused => Outcome is not (PutOutcome.Created or PutOutcome.Updated or PutOutcome.Unchanged or PutOutcome.Deleting);

    public bool IsChange => Outcome is PutOutcome.Created or PutOutcome.Updated or PutOutcome.Deleting;
}
