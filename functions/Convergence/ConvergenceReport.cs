using MeshPort.Model;
using MeshPort.State;
using MeshPort.Telemetry;

namespace MeshPort.Convergence;

/// <summary>Logs the requests that a convergence has served, in one line, and records its end in the metrics.</summary>
internal static partial class ConvergenceReport
{
    /// <summary>The number of requests that the log names.</summary>
    private const int MostNamed = 10;
    private static readonly TimeSpan NewCluster = TimeSpan.FromHours(1);

    /// <summary>Records how long requests took.</summary>
    /// <param name="created">When the cluster was requested; null when it no longer exists.</param>
    public static void Count(IReadOnlyList<OperationDocument> ended, DateTimeOffset? created)
    {
        foreach (var operation in ended)
        {
            Count(operation, KindOf(operation, created));
        }
    }

    /// <summary>Records how long the requests of a removed cluster took. Its removal succeeds, and what it cut short is canceled.</summary>
    public static void CountRemoval(IReadOnlyList<OperationDocument> ended)
    {
        foreach (var operation in ended)
        {
            Count(
                operation,
                operation is { Generation: not null, Status: OperationStatus.Succeeded } ? "removal" : KindOf(operation, null)
            );
        }
    }

    private static void Count(OperationDocument operation, string kind) =>
        Instruments.RequestEnded(
            kind,
            operation.Status.ToString().ToLowerInvariant(),
            (operation.EndedAt ?? operation.StartedAt) - operation.StartedAt
        );

    /// <param name="served">The operations that ended with a pass before the last one.</param>
    public static void GoOn(ILogger logger, EndRequest request, IReadOnlyList<OperationDocument> served)
    {
        if (served.Count > 0)
        {
            Log.WentOn(logger, request.Cluster.Key, served.Count, Names(served));
        }
    }

    /// <param name="served">The operations that ended with its last pass.</param>
    public static void End(
        ILogger logger,
        ClusterId cluster,
        DateTimeOffset began,
        string outcome,
        DateTimeOffset now,
        IReadOnlyList<OperationDocument> served
    )
    {
        var duration = now - began;
        Instruments.ConvergenceEnded(outcome, duration);
        var level = served.Count > 0 ? LogLevel.Information : LogLevel.Debug; // a resync without operations is routine
        if (logger.IsEnabled(level))
        {
            Log.Ended(logger, level, cluster.Key, outcome, duration.TotalSeconds, served.Count, Names(served));
        }
    }

    /// <summary>
    /// Exposures of a new cluster wait for Azure to create it. They count with the cluster, and do not hide how long others wait.
    /// </summary>
    private static string KindOf(OperationDocument operation, DateTimeOffset? created) =>
        operation switch
        {
            { IsReconcile: true } => "reconcile",
            { Exposures: { Count: > 0 } names, Removed: var removed } when removed.Count == names.Count => "removal",
            { Exposures: not null } when operation.StartedAt - created > NewCluster => "exposures",
            _ => "cluster",
        };

    private static string Names(IReadOnlyList<OperationDocument> served) =>
        string.Join(", ", served.Select(operation => operation.CorrelationId).Distinct().Take(MostNamed));

    private static partial class Log
    {
        [LoggerMessage(
            "The convergence of {Cluster} ended as {Outcome} after {Seconds:0.#} s; operations served: {Count} (of {CorrelationIds})"
        )]
        public static partial void Ended(
            ILogger logger,
            LogLevel level,
            string cluster,
            string outcome,
            double seconds,
            int count,
            string correlationIds
        );

        [LoggerMessage(
            LogLevel.Information,
            "The convergence of {Cluster} continues; operations served so far: {Count} (of {CorrelationIds})"
        )]
        public static partial void WentOn(ILogger logger, string cluster, int count, string correlationIds);
    }
}

/// <summary>How a convergence ends.</summary>
internal static class ConvergenceOutcome
{
    /// <summary>Everything is as desired.</summary>
    public const string Ready = "ready";

    /// <summary>It finished, and some conditions are not as desired.</summary>
    public const string NotReady = "not_ready";

    /// <summary>It stopped at an obstacle.</summary>
    public const string Blocked = "blocked";

    /// <summary>The cluster was removed.</summary>
    public const string Removed = "removed";
}
