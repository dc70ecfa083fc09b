using MeshPort.Clusters;
using MeshPort.State;

namespace MeshPort.Telemetry;

/// <summary>Tells of a convergence that is over: in the metrics, and in one line of the log.</summary>
internal static partial class ConvergenceReport
{
    /// <summary>Of many requests that one convergence has served, the first are named.</summary>
    private const int MostNamed = 10;

    /// <param name="served">The operations that have ended with it.</param>
    public static void End(ILogger logger, EndRequest request, string outcome, DateTimeOffset now, IReadOnlyList<OperationDocument> served)
    {
        if (request.Began is not { } began)
        {
            return; // an earlier version began it, and did not say when
        }

        var duration = now - began;
        Instruments.ConvergenceEnded(outcome, duration);
        var level = served.Count > 0 ? LogLevel.Information : LogLevel.Debug; // a resync that found nothing is no news
        if (logger.IsEnabled(level))
        {
            var named = string.Join(", ", served.Select(operation => operation.CorrelationId).Distinct().Take(MostNamed));
            Log.Ended(logger, level, request.Cluster.Key, outcome, duration.TotalSeconds, served.Count, named);
        }
    }

    private static partial class Log
    {
        [LoggerMessage("The convergence of {Cluster} ended as {Outcome} after {Seconds:0.#} s; it served {Count} operation(s), asked for by {CorrelationIds}")]
        public static partial void Ended(ILogger logger, LogLevel level, string cluster, string outcome, double seconds, int count, string correlationIds);
    }
}

/// <summary>How a convergence ends.</summary>
internal static class ConvergenceOutcome
{
    /// <summary>All is as desired.</summary>
    public const string Ready = "ready";

    /// <summary>It went all the way, and some of it is not as desired.</summary>
    public const string NotReady = "not_ready";

    /// <summary>It came to a halt on the way.</summary>
    public const string Blocked = "blocked";

    /// <summary>The cluster was removed.</summary>
    public const string Removed = "removed";
}
