using System.Text.Json.Serialization;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>The documents of a cluster's partition and their keys.</summary>
internal static class Documents
{
    /// <summary>The partition that lists the others.</summary>
    public const string Index = "clusters";

    /// <summary>The partition that lists clusters that were removed, whose operations can still be read.</summary>
    public const string Gone = "gone";

    /// <summary>The partition of what came by queue and was refused.</summary>
    public const string Rejections = "rejections";

    /// <summary>Also the prefix of the other two documents of the cluster itself and of no other key, so that one read finds all three.</summary>
    public const string Cluster = "cluster";
    public const string ClusterStatus = "cluster|status";
    public const string Convergence = "cluster|convergence";

    /// <summary>The prefix of exposures and their statuses, so that one read finds both.</summary>
    public const string Exposures = "exposure|";
    public const string Claims = "claim|";
    public const string OpenOperations = "open|";
    public const string EndedOperations = "ended|";

    public const string PendingChanges = "pending|";

    private const string ExposureStatusSuffix = "(status)";

    public static string Partition(ClusterId cluster) => cluster.Key.Replace('/', '|');

    public static string Exposure(string name) => Exposures + name;

    /// <summary>'(' sorts before everything that a name may hold, so a status follows its exposure and exposures stay in the order of their names.</summary>
    public static string ExposureStatus(string name) => $"{Exposures}{name}{ExposureStatusSuffix}";

    public static bool IsExposureStatus(string key) => key.EndsWith(ExposureStatusSuffix, StringComparison.Ordinal);

    /// <summary>A part of the changes that a turn makes; the last one holds its operation.</summary>
    public static string Pending(string operation, int number) => $"{PendingChanges}{operation}|{number:0000}";

    /// <summary>What was observed, a ring of the last hundred, written by the convergence.</summary>
    /// <param name="exposure">Null: the cluster's own.</param>
    public static string History(string? exposure) => $"history|{exposure}|";

    /// <summary>What was asked for, a ring of the last hundred, written by those who ask.</summary>
    /// <param name="exposure">Null: the cluster's own.</param>
    public static string Requests(string? exposure) => $"asked|{exposure}|";

    public static string HistoryEntry(string? exposure, long number) => $"{History(exposure)}{number % ResourceStatus.HistoryLimit:00}";

    /// <param name="number">Counts what was asked of it: an exposure's generation, or <see cref="ClusterDocument.Asked"/>.</param>
    public static string Request(string? exposure, long number) => $"{Requests(exposure)}{number % ResourceStatus.HistoryLimit:00}";
}

/// <summary>What is wanted of a cluster. Written by those who ask alone; the convergence writes <see cref="ConvergenceDocument"/>.</summary>
/// <param name="Change">Counts what was asked for, of the cluster and of its exposures.</param>
/// <param name="Ports">How many ports its exposures have.</param>
/// <param name="JournaledBatch">Of a batch that needs several commits and is being written (<see cref="BatchJournal"/>).</param>
/// <param name="Look">The change with which a look at all of it was last asked for; a convergence that is under way then does not do.</param>
/// <param name="Asked">How many entries its history has of what was asked of the cluster itself.</param>
internal sealed record ClusterDocument(
    ClusterId Id,
    ClusterSpec Spec,
    Metadata Metadata,
    long Change,
    int Ports = 0,
    Removal? Removal = null,
    JournaledBatch? JournaledBatch = null,
    long Look = 0,
    long Asked = 0
);

internal sealed record ClusterIndexDocument(ClusterId Id);

internal sealed record GoneDocument(ClusterId Id, DateTimeOffset At);

/// <param name="Recorded">How many entries of history have been written so far; they are documents of their own.</param>
/// <param name="OtherRules">Of a cluster (<see cref="ResourceStatus.OtherRules"/>).</param>
internal sealed record StatusDocument(ResourceStatus Status, long Recorded, int OtherRules = 0)
{
    public static StatusDocument Of(ResourceStatus status) =>
        new(status with { History = [] }, status.Recorded + status.History.Count, status.OtherRules);

    public ResourceStatus Read() => Status with { Recorded = Recorded, OtherRules = OtherRules };
}

/// <param name="KeepAzure">Forget the cluster and leave Azure as it is.</param>
public sealed record Removal(bool KeepAzure);

/// <param name="Operation">That of the batch.</param>
/// <param name="Done">How many parts of it are written.</param>
internal sealed record JournaledBatch(string Operation, int Done);

/// <summary>A part of a batch that needs several commits.</summary>
/// <param name="Operation">What is opened at its end; set in the last part.</param>
internal sealed record PendingDocument(IReadOnlyList<StateChange> Changes, OperationDocument? Operation, DateTimeOffset At);

/// <param name="Change">With which it was last asked for, or its removal.</param>
internal sealed record ExposureDocument(ExposureSpec Spec, Metadata Metadata, long Change);

/// <param name="Observed">The change that a finished convergence last worked from.</param>
/// <param name="TakenUp">The change that the last convergence to begin works from.</param>
/// <param name="Instance">The orchestration of that convergence.</param>
/// <param name="Began">The change that it began with; later ones joined it.</param>
internal sealed record ConvergenceDocument(long Observed, long TakenUp, string? Instance, long Began)
{
    public static readonly ConvergenceDocument None = new(0, 0, null, 0);
}

/// <summary>Who holds a thing: exposures by name, each with the TLS host names that it wants there; none when it wants all.</summary>
internal sealed record ClaimDocument(IReadOnlyDictionary<string, IReadOnlyList<string>> Holders);

/// <param name="Exposures">Those that were asked for; null when it was the cluster itself.</param>
/// <param name="Change">After which it was asked for.</param>
/// <param name="Steps">Null until it has ended; meanwhile the convergence's custom status has them.</param>
internal sealed record OperationDocument(
    string Id,
    IReadOnlyList<string>? Exposures,
    long Change,
    DateTimeOffset StartedAt,
    OperationStatus Status = OperationStatus.Running,
    DateTimeOffset? EndedAt = null,
    IReadOnlyList<Step>? Steps = null
)
{
    /// <summary>Of the request (<see cref="Requester.CorrelationId"/>).</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The span of the request (<see cref="Telemetry.Spans.Current"/>).</summary>
    public string? Trace { get; init; }

    /// <summary>Of the exposures, those whose removal was asked for.</summary>
    public IReadOnlyList<string> Removed { get; init; } = [];

    /// <summary>Of the cluster, when another spec or its removal was asked for; null when it was a look, or exposures.</summary>
    public long? Generation { get; init; }

    /// <summary>What ends it. The first change comes first: a reader finds it here or there, or in both.</summary>
    public IEnumerable<StateChange> End(OperationStatus status, IReadOnlyList<Step> steps, DateTimeOffset now)
    {
        var ended = this with { Status = status, EndedAt = now, Steps = [.. steps.Select(step => step.EndedWith(status, now))] };
        return [StateChange.Put(Documents.EndedOperations + Id, ended), StateChange.Delete(Documents.OpenOperations + Id)];
    }

    [JsonIgnore]
    public bool IsOver => Status != OperationStatus.Running;
}
