using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Convergence;

/// <summary>Links the span of an activity with the requests that it takes up.</summary>
internal sealed class RequestLinks(Operations operations)
{
    public async Task AddAsync(ClusterId cluster, long change, CancellationToken cancellationToken)
    {
        if (Spans.IsKept)
        {
            var served = await operations.ListOpenAsync(cluster, change, cancellationToken);
            Spans.Describe(cluster.Key, [.. served.Select(operation => operation.Trace).OfType<string>()]);
        }
    }
}
