using MeshPort.State;

namespace MeshPort.Clusters;

/// <summary>The end of a cluster's removal: its operations have succeeded, and it is forgotten.</summary>
internal sealed class ForgetCluster(DesiredClusters clusters, Operations operations)
{
    [Function(nameof(ForgetCluster))]
    public async Task RunAsync([ActivityTrigger] EndRequest request, CancellationToken cancellationToken)
    {
        await operations.EndAsync(request.Cluster, long.MaxValue, isOver: true, request.Steps, _ => true, cancellationToken);
        await clusters.ForgetAsync(request.Cluster, cancellationToken);
    }
}
