using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Convergence;

/// <summary>The end of a cluster's removal: deletes its documents, and with that its operations have succeeded.</summary>
internal sealed class ForgetCluster(ClusterRemoval clusters, TimeProvider time, ILogger<ForgetCluster> logger)
{
    [Function(nameof(ForgetCluster))]
    public async Task RunAsync([ActivityTrigger] EndRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<OperationDocument>? ended;
        do
        {
            ended = await clusters.TryForgetAsync(request.Cluster, request.Steps, cancellationToken);
        } while (ended is null); // another writer changed it meanwhile

        ConvergenceReport.CountRemoval(ended);
        ClusterInstruments.Forget(request.Cluster.Key);
        ConvergenceReport.End(logger, request.Cluster, request.Began, ConvergenceOutcome.Removed, time.GetUtcNow(), ended);
    }
}
