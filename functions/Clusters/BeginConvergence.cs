using MeshPort.State;

namespace MeshPort.Clusters;

/// <summary>Takes up what was asked for.</summary>
internal sealed class BeginConvergence(StateStore state, ConvergenceLog log)
{
    /// <returns>Null when the cluster is not wanted any more, or is not of the generation that was named.</returns>
    [Function(nameof(BeginConvergence))]
    public async Task<ConvergenceStart?> RunAsync([ActivityTrigger] BeginRequest request, CancellationToken cancellationToken) =>
        await log.TakeUpAsync(request.Cluster, request.Convergence, request.Generation, cancellationToken) is { } desire
        && await state.GetClusterAsync(request.Cluster, cancellationToken) is { } cluster
            ? new ConvergenceStart(request.Cluster, desire.Change, cluster.Metadata.Generation, cluster.Spec)
            : null;
}

/// <param name="Generation">Only while the cluster's spec is of this generation; null takes up whatever there is.</param>
public sealed record BeginRequest(ClusterId Cluster, string Convergence, long? Generation);

public sealed record ConvergenceStart(ClusterId Cluster, long Change, long Generation, ClusterSpec Spec);
