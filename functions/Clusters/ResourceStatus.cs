namespace MeshPort.Clusters;

/// <summary>What has been observed of a cluster or an exposure. Immutable; <see cref="With"/> gives the next one.</summary>
public sealed record ResourceStatus
{
    private const int HistoryLimit = 100;

    /// <summary>The generation of the spec from which all conditions were observed; 0 when some were not yet.</summary>
    public long ObservedGeneration { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    public IReadOnlyList<GatewayAddress> Addresses { get; init; } = [];

    /// <summary>The last 100 changes of conditions, newest last.</summary>
    public IReadOnlyList<HistoryEntry> History { get; init; } = [];

    /// <summary>All conditions Unknown, as a new resource has them.</summary>
    public static ResourceStatus New(IReadOnlyList<string> types, DateTimeOffset now) => new()
    {
        Conditions = [.. types.Select(type => new Condition(type, ConditionStatus.Unknown, Reasons.Pending, "Not looked at yet.", now, 0))],
    };

    public Condition? Find(string type) => Conditions.FirstOrDefault(condition => condition.Type == type);

    public bool IsTrue(string type) => Find(type)?.Status == ConditionStatus.True;

    /// <summary>This status after one more observation: <c>since</c> moves, and history grows, only when something really changed.</summary>
    public ResourceStatus With(string type, Verdict verdict, long generation, DateTimeOffset now)
    {
        var before = Find(type);
        var after = new Condition(type, verdict.Status, verdict.Reason, verdict.Message, before?.Status == verdict.Status ? before.Since : now, generation);
        var news = before is null || before.Status != after.Status || before.Reason != after.Reason;
        return this with
        {
            Conditions = before is null ? [.. Conditions, after] : [.. Conditions.Select(condition => condition.Type == type ? after : condition)],
            History = news ? [.. History.TakeLast(HistoryLimit - 1), new HistoryEntry(now, type, after.Status, after.Reason, after.Message)] : History,
        };
    }
}

/// <param name="Ip">The address on which the gateway's load balancer listens.</param>
public sealed record GatewayAddress(GatewayKind Gateway, string Ip);

public sealed record HistoryEntry(DateTimeOffset At, string Type, ConditionStatus Status, string Reason, string Message);
