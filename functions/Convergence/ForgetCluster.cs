using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Convergence;

/// <summary>The end of a cluster's removal: deletes its documents, and with that its operations have succeeded.</summary>
internal sealed class ForgetCluster(ClusterRemoval clusters, Operations operations, TimeProvider time, ILogger<ForgetCluster> logger)
{
    [Function(nameof(ForgetCluster))]
    public async Task RunAsync([ActivityTrigger] EndRequest request, CancellationToken cancellationToken)
    {
        var served = await operations.ListOpenAsync(request.Cluster, long.MaxValue, cancellationToken);
        while (!await clusters.TryForgetAsync(request.Cluster, request.Steps, cancellationToken))
        {
            // another writer changed it meanwhile
        }

        ClusterInstruments.Forget(request.Cluster.Key);
        ConvergenceReport.End(logger, request.Cluster, request.Began, ConvergenceOutcome.Removed, time.GetUtcNow(), served);
    }
}
