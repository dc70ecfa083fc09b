using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Convergence;

/// <summary>Records that a convergence failed unexpectedly. The keeper waits before it tries again.</summary>
internal sealed partial class AbandonConvergence(StatusStore log, Operations operations, ILogger<AbandonConvergence> logger)
{
    [Function(nameof(AbandonConvergence))]
    public async Task RunAsync([ActivityTrigger] AbandonRequest request, CancellationToken cancellationToken)
    {
        Instruments.ConvergenceAbandoned();
        Log.Abandoned(logger, request.Cluster.Key, request.Message);
        var observation = Observation.False(
            Reasons.InternalError,
            $"MeshPort failed unexpectedly: {request.Message} MeshPort tries again. Report this if it persists."
        );
        await log.RecordClusterAsync(
            request.Cluster,
            (status, now) => status.With(ConditionTypes.Ready, observation, status.ObservedGeneration, now),
            cancellationToken
        );
        if (await log.LoadAsync(request.Cluster, cancellationToken) is { Progress.TakenUp: var change, Document.Metadata: var cluster })
        {
            var ended = await operations.EndAsync(request.Cluster, change, change, isOver: true, [], _ => null, cancellationToken);
            ConvergenceReport.Count(ended, cluster.CreatedAt);
            await log.ObserveAsync(request.Cluster, change, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The convergence of {Cluster} failed unexpectedly: {Message}")]
        public static partial void Abandoned(ILogger logger, string cluster, string message);
    }
}

public sealed record AbandonRequest(ClusterId Cluster, string Message);
