using MeshPort.Model;

namespace MeshPort.Telemetry;

/// <summary>The findings of one round of the watchdog.</summary>
/// <param name="Clusters">The number of clusters in each state: <c>ready</c>, <c>not_ready</c>, <c>unknown</c> and <c>leaving</c>.</param>
/// <param name="Backlog">Clusters with requests that no finished convergence has worked from.</param>
/// <param name="OldestRequest">The age of the oldest request that is not finished; zero without one.</param>
/// <param name="Latest">The clusters whose next look is the most overdue, or is due next.</param>
/// <param name="Unready">The clusters that are not Ready for the longest time.</param>
/// <param name="Fullest">The clusters with the smallest share of free ports.</param>
internal sealed record Fleet(
    IReadOnlyDictionary<string, int> Clusters,
    int Backlog,
    TimeSpan OldestRequest,
    IReadOnlyList<WatchedCluster> Latest,
    IReadOnlyList<WatchedCluster> Unready,
    IReadOnlyList<WatchedCluster> Fullest
)
{
    /// <summary>Clusters that the metrics name, so that their number does not grow with the fleet.</summary>
    public const int MostNamed = 5;

    public static readonly IReadOnlyList<string> States = ["ready", "not_ready", "unknown", "leaving"];

    /// <summary>A condition that was observed for an earlier spec does not say that a cluster or an exposure is ready.</summary>
    /// <returns>One of <see cref="States"/>.</returns>
    public static string StateOf(bool isLeaving, ResourceStatus status, long generation) =>
        isLeaving ? "leaving"
        : status.Find(ConditionTypes.Ready) is not { } ready ? "unknown"
        : ready.Status == ConditionStatus.False ? "not_ready"
        : ready.Status == ConditionStatus.True && ready.ObservedGeneration >= generation ? "ready"
        : "unknown";

    /// <param name="unwatched">Clusters that the watchdog could not observe. They count as unknown.</param>
    public static Fleet Of(IReadOnlyCollection<WatchedCluster> clusters, int unwatched = 0) =>
        new(
            States.ToDictionary(
                state => state,
                state => clusters.Count(cluster => cluster.State == state) + (state == "unknown" ? unwatched : 0),
                StringComparer.Ordinal
            ),
            clusters.Count(cluster => cluster.OldestRequest is not null),
            clusters.Select(cluster => cluster.OldestRequest ?? TimeSpan.Zero).DefaultIfEmpty(TimeSpan.Zero).Max(),
            [.. clusters.OrderByDescending(cluster => cluster.Age - cluster.Resync).Take(MostNamed)],
            [.. clusters.Where(cluster => cluster.Unready is not null).OrderByDescending(cluster => cluster.Unready).Take(MostNamed)],
            [.. clusters.OrderBy(cluster => cluster.FreeShare).Take(MostNamed)]
        );
}

/// <param name="State">One of <see cref="Fleet.States"/>.</param>
/// <param name="OldestRequest">The age of its oldest request that is not finished; null if all are.</param>
/// <param name="Age">The time since its keeper or its convergence made a step.</param>
/// <param name="Resync">The time between two of its resyncs.</param>
/// <param name="Unready">How long it has not been Ready; null while it is. The removal of a cluster counts from its request.</param>
/// <param name="Ports">Ports that its exposures have.</param>
/// <param name="Room">Ports that its exposures may have.</param>
internal sealed record WatchedCluster(
    string Key,
    string State,
    TimeSpan? OldestRequest,
    TimeSpan Age,
    TimeSpan Resync,
    TimeSpan? Unready,
    int Ports,
    int Room
)
{
    /// <summary>Ports that its exposures may still take. Negative if Services of others have taken rules since.</summary>
    public int FreePorts => Room - Ports;

    /// <summary>From 0 to 1.</summary>
    public double FreeShare => Room > 0 ? Math.Max(0, (double)FreePorts / Room) : 0;

    /// <summary>How long its next look is overdue.</summary>
    public TimeSpan Delay => Age > Resync ? Age - Resync : TimeSpan.Zero;
}
