using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Convergence;

/// <summary>Takes up what was asked for.</summary>
internal sealed class BeginConvergence(StatusStore log, ExposureStore exposures, Operations operations)
{
    /// <returns>Null when the cluster is not wanted any more, or is not of the generation that was named.</returns>
    [Function(nameof(BeginConvergence))]
    public async Task<ConvergenceStart?> RunAsync([ActivityTrigger] BeginRequest request, CancellationToken cancellationToken)
    {
        if (
            await log.TakeUpAsync(request.Cluster, request.Convergence, request.Generation, cancellationToken)
            is not { Document: var cluster }
        )
        {
            return null;
        }

        if (Spans.IsKept)
        {
            var served = await operations.ListOpenAsync(request.Cluster, cluster.Change, cancellationToken);
            Spans.Describe(request.Cluster.Key, [.. served.Select(operation => operation.Trace).OfType<string>()]);
        }

        return new ConvergenceStart(
            request.Cluster,
            cluster.Change,
            cluster.Metadata.Generation,
            cluster.Spec,
            cluster.Removal,
            request.Generation is not null && await exposures.AnyLeavesAsync(request.Cluster, cancellationToken),
            log.Now
        );
    }
}

/// <param name="Generation">Only while the cluster's spec is of this generation; null takes up whatever there is.</param>
public sealed record BeginRequest(ClusterId Cluster, string Convergence, long? Generation);

/// <param name="Removal">Set when the cluster is to be removed.</param>
/// <param name="ExposuresLeave">Whether exposures are to be removed; asked where a convergence comes to the exposures.</param>
/// <param name="Began">When the convergence began, for the metric of its duration.</param>
public sealed record ConvergenceStart(
    ClusterId Cluster,
    long Change,
    long Generation,
    ClusterSpec Spec,
    Removal? Removal,
    bool ExposuresLeave,
    DateTimeOffset Began
);
