using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>Decides on requests for a cluster, pure.</summary>
/// <param name="After">
/// The cluster after the request; null when the request is refused for a reason other than a deletion in progress.
/// </param>
/// <param name="Detail">The reason of a refusal.</param>
/// <param name="Pointer">The field of the request that caused the refusal.</param>
internal sealed record ClusterDecision(PutOutcome Outcome, ClusterDocument? After, string? Detail = null, string Pointer = "")
{
    /// <param name="status">The observed status of the cluster.</param>
    public static ClusterDecision Put(
        ClusterId id,
        ClusterSpec spec,
        Precondition precondition,
        ClusterDocument? before,
        ResourceStatus status,
        DateTimeOffset now
    )
    {
        if (precondition.Violation(before?.Metadata.Etag) is { } violation)
        {
            return new(PutOutcome.PreconditionFailed, null, violation);
        }

        return before switch
        {
            null => new(PutOutcome.Created, new ClusterDocument(id, spec, Metadata.Next(null, id.Path, id.Name, now), Change: 1)),
            { Removal: not null } => new(PutOutcome.BeingDeleted, before, BeingDeleted(id)),
            _ when MeshPortJson.IsSame(before.Spec, spec) => new(PutOutcome.Unchanged, before),
            { Ports: > 0 } when GatewayNamespaces.FindRefusal(before.Spec, spec, status) is { } refusal => new(
                PutOutcome.NamespaceInUse,
                null,
                refusal.Detail,
                refusal.IsOfServices ? "/spec/gatewayServices" : "/spec/gatewayNamespace"
            ),
            _ => new(
                PutOutcome.Updated,
                before with
                {
                    Spec = spec,
                    Metadata = Metadata.Next(before.Metadata, before.Metadata.Id, before.Metadata.Name, now),
                    Change = before.Change + 1,
                }
            ),
        };
    }

    public static ClusterDecision Delete(bool keepAzure, Precondition precondition, ClusterDocument? before, DateTimeOffset now)
    {
        if (before is null)
        {
            return new(PutOutcome.NotFound, null);
        }

        if (precondition.Violation(before.Metadata.Etag) is { } violation)
        {
            return new(PutOutcome.PreconditionFailed, null, violation);
        }

        return before.Removal is { } removal && (removal.KeepAzure == keepAzure || removal.KeepAzure)
            ? new(PutOutcome.Unchanged, before)
            : new(
                PutOutcome.Deleting,
                before with
                {
                    Removal = new Removal(keepAzure),
                    Metadata = before.Metadata.Deleted(now),
                    Change = before.Change + 1,
                }
            );
    }

    /// <summary>A request for a convergence of the unchanged spec.</summary>
    public static ClusterDecision Reconcile(ClusterDocument? before) =>
        before is null
            ? new(PutOutcome.NotFound, null)
            : new(PutOutcome.Updated, before with { Change = before.Change + 1, Reconcile = before.Change + 1 });

    public static string BeingDeleted(ClusterId id) => $"Cluster {id.Name} is being deleted. PUT it again when the deletion has finished.";
}
