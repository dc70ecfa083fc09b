using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>The observed state of a cluster or an exposure. Immutable; <see cref="With"/> returns the next status.</summary>
public sealed record ResourceStatus
{
    /// <summary>History entries that are kept.</summary>
    public const int HistoryLimit = 100;

    private static readonly TimeSpan ProbeRecordInterval = TimeSpan.FromHours(1);

    /// <summary>The generation from which all conditions were observed; 0 while some were never observed.</summary>
    public long ObservedGeneration { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    public IReadOnlyList<GatewayAddress> Addresses { get; init; } = [];

    /// <summary>The last 100 requests, changes of conditions and repairs, newest last.</summary>
    public IReadOnlyList<HistoryEntry> History { get; init; } = [];

    /// <summary>
    /// ARM ids of resources that MeshPort created for the cluster and that cannot carry a tag, and the kinds of objects and strategies in
    /// use. For an exposure, what it has taken over from others, and where it was proven.
    /// </summary>
    public IReadOnlyList<string> Made { get; init; } = [];

    /// <summary>Rules of load balancers that are neither the add-on's nor those of ports of exposures.</summary>
    [JsonIgnore]
    public int OtherRules { get; init; }

    /// <summary>The addresses of the spec that the gateways of a cluster can have now.</summary>
    [JsonIgnore]
    public IReadOnlyList<ChosenAddress> Chosen { get; init; } = [];

    /// <summary>Entries that were recorded before those in <see cref="History"/>.</summary>
    [JsonIgnore]
    public long Recorded { get; init; }

    /// <summary>The status of a new resource: all conditions Unknown.</summary>
    public static ResourceStatus New(IReadOnlyList<string> types, DateTimeOffset now) =>
        new()
        {
            Conditions =
            [
                .. types.Select(type => new Condition(type, ConditionStatus.Unknown, Reasons.Pending, "Not observed yet.", now, 0)),
            ],
        };

    public Condition? Find(string type) => Conditions.FirstOrDefault(condition => condition.Type == type);

    public bool IsTrue(string type) => Find(type)?.Status == ConditionStatus.True;

    /// <summary>Whether the condition is there and Unknown.</summary>
    public bool IsUnknown(string type) => Find(type)?.Status == ConditionStatus.Unknown;

    /// <summary>Whether MeshPort has observed mesh or gateways of the cluster.</summary>
    [JsonIgnore]
    public bool HasServed => Addresses.Count > 0 || IsTrue(ConditionTypes.MeshReady);

    public ResourceStatus Making(string id) => Made.Contains(id) ? this : this with { Made = [.. Made, id] };

    public ResourceStatus Unmaking(string id) => Made.Contains(id) ? this with { Made = [.. Made.Where(made => made != id)] } : this;

    /// <summary>The last probe; null before the first.</summary>
    public ProbeResult? Probe { get; init; }

    /// <summary>Adds a history entry that does not come from a condition, such as a repair.</summary>
    /// <param name="target">The kind and name of the object.</param>
    public ResourceStatus Happened(string type, string reason, string message, DateTimeOffset now, string? target = null) =>
        this with
        {
            History = [.. History.TakeLast(HistoryLimit - 1), new HistoryEntry(now, type, null, reason, message, Target: target)],
        };

    /// <summary>Records a write. It repaired drift if the condition was True for this generation.</summary>
    public ResourceStatus Repaired(string condition, long generation, string target, string why, DateTimeOffset now) =>
        Find(condition) is { Status: ConditionStatus.True } known && known.ObservedGeneration == generation
            ? Happened(HistoryTypes.Repaired, Reasons.Repaired, $"{target}: {why}", now, target)
            : this;

    /// <summary>
    /// Records a probe with a new result, and once an hour a probe with the same result: an idle cluster is probed every minute, and each
    /// record is a write. A new history entry about reachability gets its latency.
    /// </summary>
    public ResourceStatus Probed(ProbeResult probe) =>
        Probe is { } known && known.Result == probe.Result && probe.At - known.At < ProbeRecordInterval
            ? this
            : this with
            {
                Probe = probe,
                History =
                [
                    .. History.Select(entry => entry.Type == ConditionTypes.Reachable ? entry with { Latency = probe.Latency } : entry),
                ],
            };

    /// <summary>Records an observation. <c>since</c> changes, and the history grows, only when the condition changes.</summary>
    public ResourceStatus With(string type, Observation observation, long generation, DateTimeOffset now)
    {
        var before = Find(type);
        var after = new Condition(
            type,
            observation.Status,
            observation.Reason,
            observation.Message,
            before?.Status == observation.Status ? before.Since : now,
            generation
        );
        if (after == before)
        {
            return this;
        }

        var news = before is null || before.Status != after.Status || before.Reason != after.Reason;
        return this with
        {
            Conditions = before is null
                ? [.. Conditions, after]
                : [.. Conditions.Select(condition => condition.Type == type ? after : condition)],
            History = news
                ? [.. History.TakeLast(HistoryLimit - 1), new HistoryEntry(now, type, after.Status, after.Reason, after.Message)]
                : History,
        };
    }
}

/// <param name="Ip">The address on which the gateway's load balancer listens.</param>
/// <param name="Hostname">The DNS name of the public IP address that the spec names; null without one.</param>
public sealed record GatewayAddress(GatewayKind Gateway, string Ip, string? Hostname = null)
{
    public IpFamily Family => IpFamilies.Of(Ip);
}

/// <param name="Type">A condition type, or one of <see cref="HistoryTypes"/>.</param>
/// <param name="Status">The status of the condition; null without a condition.</param>
/// <param name="By">The caller; null for an action of MeshPort.</param>
/// <param name="Target">The kind and name of a repaired object.</param>
/// <param name="Changed">The fields of the spec that a request changed, as JSON pointers (RFC 6901).</param>
/// <param name="Latency">The latency of the probe.</param>
public sealed record HistoryEntry(
    DateTimeOffset At,
    string Type,
    ConditionStatus? Status,
    string Reason,
    string Message,
    Requester? By = null,
    string? Target = null,
    IReadOnlyList<string>? Changed = null,
    TimeSpan? Latency = null
);

/// <param name="Result">The reason of the condition <c>Reachable</c>.</param>
/// <param name="Latency">From the attempt to connect to the observation.</param>
public sealed record ProbeResult(DateTimeOffset At, string Result, TimeSpan Latency);

/// <summary>The sender of a request.</summary>
/// <param name="Principal">The name of the caller; null when the trigger does not know it.</param>
/// <param name="CorrelationId">
/// The id of the request in logs and traces (<see cref="Telemetry.Correlation"/>), or the id of the message.
/// </param>
public sealed record Requester(RequestTrigger Trigger, string? Principal, string? CorrelationId);

[JsonConverter(typeof(JsonStringEnumConverter<RequestTrigger>))]
public enum RequestTrigger
{
    Http,
    Queue,
    EventGrid,

    /// <summary>The annotations of a Service.</summary>
    Service,
}
