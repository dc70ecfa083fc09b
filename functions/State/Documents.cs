using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>The partitions of the store and the keys of a cluster's documents.</summary>
internal static class Documents
{
    /// <summary>The partition that lists all clusters.</summary>
    public const string Index = "clusters";

    /// <summary>The partition that lists deleted clusters; their operations stay readable for a while.</summary>
    public const string Gone = "gone";

    /// <summary>The partition of rejected queue messages.</summary>
    public const string Rejections = "rejections";

    /// <summary>
    /// The key of the cluster, and the prefix of its status and progress, so that one read finds all three. No other key has this prefix.
    /// </summary>
    public const string Cluster = "cluster";
    public const string ClusterStatus = "cluster|status";
    public const string Convergence = "cluster|convergence";

    /// <summary>The prefix of exposures and their statuses, so that one read finds both.</summary>
    public const string Exposures = "exposure|";
    public const string Claims = "claim|";
    public const string OpenOperations = "open|";
    public const string EndedOperations = "ended|";
    public const string JournalParts = "journal|";

    /// <summary>The prefix of the observations of a cluster and all its exposures.</summary>
    public const string Histories = "history|";

    private const string ExposureStatusSuffix = "(status)";

    public static string Partition(ClusterId cluster) => cluster.Key.Replace('/', '|');

    public static string Exposure(string name) => Exposures + name;

    /// <summary>
    /// '(' sorts before every character of a name, so a status follows its exposure, and exposures stay in the order of their names.
    /// </summary>
    public static string ExposureStatus(string name) => $"{Exposures}{name}{ExposureStatusSuffix}";

    public static bool IsExposureStatus(string key) => key.EndsWith(ExposureStatusSuffix, StringComparison.Ordinal);

    /// <summary>A part of a batch in the <see cref="BatchJournal"/>.</summary>
    public static string JournalPart(string batch, int number) => $"{JournalParts}{batch}|{number:0000}";

    /// <summary>The prefix of the last hundred observations, a ring that convergences write.</summary>
    /// <param name="exposure">Null for the cluster itself.</param>
    public static string History(string? exposure) => $"{Histories}{exposure}|";

    /// <summary>The prefix of the last hundred requests, a ring that requests write.</summary>
    /// <param name="exposure">Null for the cluster itself.</param>
    public static string Requests(string? exposure) => $"asked|{exposure}|";

    public static string HistoryEntry(string? exposure, long number) => $"{History(exposure)}{number % ResourceStatus.HistoryLimit:00}";

    /// <param name="number">An exposure's generation, or <see cref="ClusterDocument.Requests"/> of the cluster.</param>
    public static string Request(string? exposure, long number) => $"{Requests(exposure)}{number % ResourceStatus.HistoryLimit:00}";
}

/// <summary>The desired state of a cluster. Only requests write it; convergences write <see cref="ConvergenceDocument"/>.</summary>
/// <param name="Change">The change number: counts requests that changed the cluster or its exposures.</param>
/// <param name="Ports">Ports that the exposures of the cluster hold.</param>
/// <param name="JournaledBatch">A batch that needs several commits and is being written (<see cref="BatchJournal"/>).</param>
/// <param name="Reconcile">
/// The change number of the last request to reconcile everything; a convergence that began earlier does not serve it.
/// </param>
/// <param name="Requests">Requests for the cluster itself that its history has recorded.</param>
internal sealed record ClusterDocument(
    ClusterId Id,
    ClusterSpec Spec,
    Metadata Metadata,
    long Change,
    int Ports = 0,
    Removal? Removal = null,
    JournaledBatch? JournaledBatch = null,
    long Reconcile = 0,
    long Requests = 0
);

internal sealed record ClusterIndexDocument(ClusterId Id);

internal sealed record GoneDocument(ClusterId Id, DateTimeOffset At);

/// <param name="Recorded">History entries recorded so far; each is its own document.</param>
/// <param name="OtherRules">Only for a cluster (<see cref="ResourceStatus.OtherRules"/>).</param>
/// <param name="Chosen">Only for a cluster (<see cref="ResourceStatus.Chosen"/>); null without any.</param>
internal sealed record StatusDocument(ResourceStatus Status, long Recorded, int OtherRules = 0, IReadOnlyList<ChosenAddress>? Chosen = null)
{
    public static StatusDocument Of(ResourceStatus status) =>
        new(
            status with
            {
                History = [],
            },
            status.Recorded + status.History.Count,
            status.OtherRules,
            status.Chosen.Count == 0 ? null : status.Chosen
        );

    public ResourceStatus Read() => Status with { Recorded = Recorded, OtherRules = OtherRules, Chosen = Chosen ?? [] };
}

/// <param name="KeepAzure">Deletes the cluster from MeshPort and keeps its Azure resources.</param>
public sealed record Removal(bool KeepAzure);

/// <param name="Id">In the keys of its parts.</param>
/// <param name="AppliedParts">Parts of the batch that are committed.</param>
internal sealed record JournaledBatch(string Id, int AppliedParts);

/// <summary>A part of a batch that needs several commits.</summary>
/// <param name="Operation">The operation to open when all parts are applied; only the last part has it.</param>
internal sealed record JournalPart(IReadOnlyList<StateChange> Changes, OperationDocument? Operation, DateTimeOffset At);

/// <param name="Change">The change number of the last request for this exposure.</param>
internal sealed record ExposureDocument(ExposureSpec Spec, Metadata Metadata, long Change);

/// <summary>The progress of a cluster's convergences, in change numbers.</summary>
/// <param name="Observed">The change that the last finished convergence worked from.</param>
/// <param name="TakenUp">The change that the running convergence works from.</param>
/// <param name="Instance">The orchestration of that convergence.</param>
/// <param name="Began">The change that it began with; it took up later ones on its way.</param>
internal sealed record ConvergenceDocument(long Observed, long TakenUp, string? Instance, long Began)
{
    public static readonly ConvergenceDocument None = new(0, 0, null, 0);
}

/// <summary>The exposures that hold a port or a workload, by name, each with its TLS host names; an empty list claims all of it.</summary>
internal sealed record ClaimDocument(IReadOnlyDictionary<string, IReadOnlyList<string>> Holders)
{
    /// <summary>Characters that the holders of a claim can have together, so that it fits one document.</summary>
    public const int MostCharacters = StateChange.MostCharacters - 4096;

    /// <summary>Characters of a holder in the <see cref="BatchJournal"/>, where a quotation mark takes two.</summary>
    public static int CharactersOf(string name, IReadOnlyList<string> hosts) => name.Length + 8 + hosts.Sum(host => host.Length + 5);
}

/// <param name="Exposures">
/// The exposures that the request changes; null for the cluster itself, empty for a message that asked for what existed.
/// </param>
/// <param name="Change">The change number of the request.</param>
/// <param name="Steps">Null until the operation ends; until then the custom status of the convergence has them.</param>
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
    /// <summary>The request (<see cref="Requester.CorrelationId"/>).</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The span of the request (<see cref="Telemetry.Spans.Current"/>).</summary>
    public string? Trace { get; init; }

    /// <summary>The exposures that the request deletes.</summary>
    public IReadOnlyList<string> Removed { get; init; } = [];

    /// <summary>The generation that the request made of the cluster; null for a reconcile request and for exposures.</summary>
    public long? Generation { get; init; }

    /// <summary>Whether the request asks only to observe the cluster again.</summary>
    [JsonIgnore]
    public bool IsReconcile => Exposures is null && Generation is null;

    /// <summary>An id that sorts before the ids of earlier operations, so that the keys of operations list the newest first.</summary>
    public static string NewId(DateTimeOffset now) => Sortable(now, RandomNumberGenerator.GetHexString(16, lowercase: true));

    /// <summary>
    /// The id of the operation that a queue message opens, in the same order, so that the operation shows that the message was accepted. It
    /// is kept for much longer (<see cref="Operations"/>) than the hour for which a message returns (host.json).
    /// </summary>
    public static string IdOfMessage(string message, DateTimeOffset sent) => Sortable(sent, ShortHash.Of(message, 16));

    private static string Sortable(DateTimeOffset at, string suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.MaxValue.UtcTicks - at.UtcTicks:x16}{suffix}");

    [JsonIgnore]
    public bool IsOver => Status != OperationStatus.Running;

    /// <summary>Writes that end the operation, the new document first: a reader finds it under one key or under both.</summary>
    public IEnumerable<StateChange> End(OperationStatus status, IReadOnlyList<Step> steps, DateTimeOffset now)
    {
        var ended = this with { Status = status, EndedAt = now, Steps = [.. steps.Select(step => step.EndedWith(status, now))] };
        return [StateChange.Put(Documents.EndedOperations + Id, ended), StateChange.Delete(Documents.OpenOperations + Id)];
    }
}
