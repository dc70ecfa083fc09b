using MeshPort.State;

namespace MeshPort.Clusters;

/// <summary>Writes one condition of the cluster as soon as it is known.</summary>
internal sealed class RecordCondition(ConvergenceLog log)
{
    [Function(nameof(RecordCondition))]
    public Task RunAsync([ActivityTrigger] ObservedCondition observed, CancellationToken cancellationToken) =>
        log.RecordClusterAsync(observed.Cluster, (status, now) => status.With(observed.Type, observed.Verdict, observed.Generation, now), cancellationToken);
}

public sealed record ObservedCondition(ClusterId Cluster, string Type, Verdict Verdict, long Generation);
