using MeshPort.Model;

namespace MeshPort.State;

/// <summary>One exposure of a request.</summary>
/// <param name="Spec">Null asks for its removal.</param>
/// <param name="MayBeGone">Its removal is fine where it is not there.</param>
internal sealed record ExposureChange(string Name, ExposureSpec? Spec, Precondition Precondition, bool MayBeGone = false);

/// <summary>What became of a request for exposures.</summary>
/// <param name="Refusal">Of the request as a whole: no such cluster, or one that is being removed; null when each item has its own outcome.</param>
/// <param name="OperationId">Follows all that changed; null when nothing did.</param>
/// <param name="Items">In the order of the wishes.</param>
internal sealed record ExposuresResult(PutOutcome? Refusal, string? OperationId, IReadOnlyList<ExposureResult> Items);

internal sealed record ExposureResult(string Name, PutResult<ExposureSpec> Result);
