using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>Takes up what was asked for.</summary>
internal sealed class BeginConvergence(StatusStore log, RequestLinks links)
{
    /// <returns>Null when the cluster is not wanted any more.</returns>
    [Function(nameof(BeginConvergence))]
    public async Task<ConvergenceStart?> RunAsync([ActivityTrigger] BeginRequest request, CancellationToken cancellationToken)
    {
        if (await log.TakeUpAsync(request.Cluster, request.Convergence, null, cancellationToken) is not { Document: var cluster })
        {
            return null;
        }

        await links.AddAsync(request.Cluster, cluster.Change, cancellationToken);
        return new ConvergenceStart(request.Cluster, cluster.Change, cluster.Metadata.Generation, cluster.Spec, cluster.Removal, log.Now);
    }
}

public sealed record BeginRequest(ClusterId Cluster, string Convergence);

/// <param name="Removal">Set when the cluster is to be removed.</param>
/// <param name="Began">When the convergence began, for the metric of its duration.</param>
public sealed record ConvergenceStart(
    ClusterId Cluster,
    long Change,
    long Generation,
    ClusterSpec Spec,
    Removal? Removal,
    DateTimeOffset Began
);
