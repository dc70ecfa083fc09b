using MeshPort.State;

namespace MeshPort.Clusters;

/// <summary>The end of a cluster's removal: it is forgotten, and with that its operations have succeeded.</summary>
internal sealed class ForgetCluster(DesiredClusters clusters)
{
    [Function(nameof(ForgetCluster))]
    public async Task RunAsync([ActivityTrigger] EndRequest request, CancellationToken cancellationToken)
    {
        while (!await clusters.TryForgetAsync(request.Cluster, request.Steps, cancellationToken))
        {
            // it was written meanwhile
        }
    }
}
