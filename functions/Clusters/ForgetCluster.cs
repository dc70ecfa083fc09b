using MeshPort.State;

namespace MeshPort.Clusters;

/// <summary>The end of a cluster's removal: it is forgotten, and its operations have succeeded.</summary>
internal sealed class ForgetCluster(DesiredClusters clusters, Operations operations)
{
    [Function(nameof(ForgetCluster))]
    public async Task RunAsync([ActivityTrigger] EndRequest request, CancellationToken cancellationToken)
    {
        await clusters.ForgetAsync(request.Cluster, cancellationToken);
        await operations.EndAsync(request.Cluster, long.MaxValue, isOver: true, request.Steps, _ => true, cancellationToken);
    }
}
