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

    /// <summary>The cluster or the exposure is being deleted.</summary>
    BeingDeleted,
    Taken,

    /// <summary>Only the annotations of a Service change the exposure, or only the API does.</summary>
    OwnedByOther,

    /// <summary>The load balancer has no room for another port.</summary>
    NoRoom,

    /// <summary>The exposures of the cluster have Gateways in another namespace.</summary>
    NamespaceInUse,

    /// <summary>The exposure itself is acceptable, but others of the same batch were refused.</summary>
    HeldBack,
}

/// <param name="Resource">The resource after the request; null when the request was refused.</param>
/// <param name="OperationId">The operation; null when nothing changed.</param>
/// <param name="Detail">The reason of a refusal.</param>
/// <param name="Pointer">The field of the request that caused the refusal.</param>
/// <param name="Before">The desired spec before the request.</param>
internal sealed record PutResult<TSpec>(
    PutOutcome Outcome,
    Resource<TSpec>? Resource,
    string? OperationId = null,
    string? Detail = null,
    string Pointer = "",
    TSpec? Before = default
)
{
    /// <summary>Whether the refusal ends when a deletion has finished that has begun.</summary>
    public bool Waits { get; init; }

    public bool IsRefused => Outcome is not (PutOutcome.Created or PutOutcome.Updated or PutOutcome.Unchanged or PutOutcome.Deleting);

    public bool IsChange => Outcome is PutOutcome.Created or PutOutcome.Updated or PutOutcome.Deleting;
}
