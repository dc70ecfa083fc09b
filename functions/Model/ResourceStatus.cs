using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>What has been observed of a cluster or an exposure. Immutable; <see cref="With"/> gives the next one.</summary>
public sealed record ResourceStatus
{
    /// <summary>How many entries of history are kept.</summary>
    public const int HistoryLimit = 100;

    /// <summary>The generation of the spec from which all conditions were observed; 0 when some were not yet.</summary>
    public long ObservedGeneration { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    public IReadOnlyList<GatewayAddress> Addresses { get; init; } = [];

    /// <summary>The last 100 events: who asked for what, changes of conditions, and repairs; newest last.</summary>
    public IReadOnlyList<HistoryEntry> History { get; init; } = [];

    /// <summary>The ARM ids of what MeshPort has made for the cluster and what cannot carry a tag that says so; kinds of objects and ways of opening ports that are in use.</summary>
    public IReadOnlyList<string> Made { get; init; } = [];

    /// <summary>How many rules of the load balancer Services take that are neither a gateway's nor MeshPort's.</summary>
    [JsonIgnore]
    public int OtherRules { get; init; }

    /// <summary>How many events there have been before those of <see cref="History"/>.</summary>
    [JsonIgnore]
    public long Recorded { get; init; }

    /// <summary>All conditions Unknown, as a new resource has them.</summary>
    public static ResourceStatus New(IReadOnlyList<string> types, DateTimeOffset now) =>
        new()
        {
            Conditions =
            [
                .. types.Select(type => new Condition(type, ConditionStatus.Unknown, Reasons.Pending, "Not looked at yet.", now, 0)),
            ],
        };

    public Condition? Find(string type) => Conditions.FirstOrDefault(condition => condition.Type == type);

    public bool IsTrue(string type) => Find(type)?.Status == ConditionStatus.True;

    public ResourceStatus Making(string id) => Made.Contains(id) ? this : this with { Made = [.. Made, id] };

    public ResourceStatus Unmaking(string id) => Made.Contains(id) ? this with { Made = [.. Made.Where(made => made != id)] } : this;

    /// <summary>The last look from outside; null where there was none.</summary>
    public ProbeResult? Probe { get; init; }

    /// <summary>This status after something happened that is not a condition, such as a repair.</summary>
    /// <param name="target">The object that it happened to: its kind, and then its name.</param>
    public ResourceStatus Happened(string type, string reason, string message, DateTimeOffset now, string? target = null) =>
        this with
        {
            History = [.. History.TakeLast(HistoryLimit - 1), new HistoryEntry(now, type, null, reason, message, Target: target)],
        };

    /// <summary>This status after something was written: drift was repaired when the condition had been True for this very spec.</summary>
    public ResourceStatus Repaired(string condition, long generation, string target, string why, DateTimeOffset now) =>
        Find(condition) is { Status: ConditionStatus.True } known && known.ObservedGeneration == generation
            ? Happened(HistoryTypes.Repaired, Reasons.Repaired, $"{target}: {why}", now, target)
            : this;

    /// <summary>This status after a probe; what it told of reachability, if that is news, has its latency too.</summary>
    public ResourceStatus Probed(ProbeResult probe) =>
        this with
        {
            Probe = probe,
            History = [.. History.Select(entry => entry.Type == ConditionTypes.Reachable ? entry with { Latency = probe.Latency } : entry)],
        };

    /// <summary>This status after one more observation: <c>since</c> moves, and history grows, only when something really changed.</summary>
    public ResourceStatus With(string type, Observation verdict, long generation, DateTimeOffset now)
    {
        var before = Find(type);
        var after = new Condition(
            type,
            verdict.Status,
            verdict.Reason,
            verdict.Message,
            before?.Status == verdict.Status ? before.Since : now,
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
public sealed record GatewayAddress(GatewayKind Gateway, string Ip);

/// <param name="Type">A condition's type, or what happened: <c>Asked</c>, <c>Repaired</c>, <c>PortReverted</c>.</param>
/// <param name="Status">Of the condition; null for what is none.</param>
/// <param name="By">Who asked; null for what MeshPort did by itself.</param>
/// <param name="Target">What was repaired: the kind of an object, and then its name.</param>
/// <param name="Changed">The fields of the spec that another value was asked for, as JSON pointers (RFC 6901).</param>
/// <param name="Latency">Of the probe that told it.</param>
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

/// <param name="Result">The reason of the condition Reachable.</param>
/// <param name="Latency">From the attempt to connect to the verdict.</param>
public sealed record ProbeResult(DateTimeOffset At, string Result, TimeSpan Latency);

/// <summary>Who asked for a change, and how.</summary>
/// <param name="Principal">The caller's name; null when the trigger does not know it.</param>
/// <param name="CorrelationId">Under which the request is found in logs and traces (<see cref="Telemetry.Correlation"/>), or the message's id.</param>
public sealed record Requester(RequestTrigger Trigger, string? Principal, string? CorrelationId);

[JsonConverter(typeof(JsonStringEnumConverter<RequestTrigger>))]
public enum RequestTrigger
{
    Http,
    Queue,
    EventGrid,
}
