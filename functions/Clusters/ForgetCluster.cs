using MeshPort.State;

namespace MeshPort.Clusters;

/// <summary>The end of a cluster's removal: its operations have succeeded, and it is forgotten.</summary>
internal sealed class ForgetCluster(DesiredClusters clusters, Operations operations)
{
    [Function(nameof(ForgetCluster))]
    public async Task RunAsync([ActivityTrigger] EndRequest request, CancellationToken cancellationToken)
    {
        do
        {
            // Only of a cluster that is being removed: this may run twice, and somebody may have made the cluster anew.
            if (await clusters.FindAsync(request.Cluster, cancellationToken) is { Removal: not null, Change: var change })
            {
                await operations.EndAsync(request.Cluster, change, isOver: true, request.Steps, _ => true, cancellationToken);
            }
        }
        while (!await clusters.TryForgetAsync(request.Cluster, cancellationToken));
    }
}
