namespace MeshPort.Model;

/// <summary>
/// The decision of one step for the exposures of a cluster, made from one snapshot. Applying it needs no further decision.
/// </summary>
/// <param name="Changes">In the order in which they are applied.</param>
/// <param name="Results">By exposure, the outcome if every change succeeds.</param>
internal sealed record ExposurePlan<TChange>(IReadOnlyList<TChange> Changes, IReadOnlyDictionary<string, StepResult> Results);
