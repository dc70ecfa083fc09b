using MeshPort.Clusters;

namespace MeshPort.State;

internal enum PutOutcome
{
    Created,
    Updated,
    Unchanged,
    PreconditionFailed,
    ClusterNotFound,
    Taken,
}

/// <param name="Resource">What is stored now; null when the write was refused.</param>
/// <param name="OperationId">Follows the change; null when nothing changed.</param>
/// <param name="Detail">Why the write was refused.</param>
/// <param name="Pointer">The field that asks for what another exposure holds.</param>
internal sealed record PutResult<TSpec>(PutOutcome Outcome, Resource<TSpec>? Resource, string? OperationId = null, string? Detail = null, string Pointer = "");
