using MeshPort.Model;
using MeshPort.State;

namespace MeshPort.Convergence;

/// <summary>Forgets exposures of which nothing is left.</summary>
internal sealed class ForgetExposures(ExposureRemoval exposures)
{
    [Function(nameof(ForgetExposures))]
    public Task RunAsync([ActivityTrigger] ForgetRequest request, CancellationToken cancellationToken) =>
        exposures.ForgetAsync(request.Cluster, request.Change, cancellationToken);
}

/// <param name="Change">Those whose removal was asked for up to it.</param>
public sealed record ForgetRequest(ClusterId Cluster, long Change);
