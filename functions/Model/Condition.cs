using System.Text.Json.Serialization;

namespace MeshPort.Model;

[JsonConverter(typeof(JsonStringEnumConverter<ConditionStatus>))]
public enum ConditionStatus
{
    Unknown,
    True,
    False,
}

/// <summary>An observed fact about a resource.</summary>
/// <param name="Reason">From the closed list in <see cref="Reasons"/>.</param>
/// <param name="Message">An explanation with the next step, for people.</param>
/// <param name="Since">The time when <paramref name="Status"/> last changed.</param>
public sealed record Condition(
    string Type,
    ConditionStatus Status,
    string Reason,
    string Message,
    DateTimeOffset Since,
    long ObservedGeneration
)
{
    /// <summary>The observation for a condition that depends on this one: Unknown, with the root cause.</summary>
    internal Observation Dependent => new Observation(Status, Reason, Message).DependentOn(Type);
}

/// <summary>The condition types in the order of the convergence steps.</summary>
public static class ConditionTypes
{
    public const string FeaturesRegistered = nameof(FeaturesRegistered);
    public const string NetworkReady = nameof(NetworkReady);
    public const string ClusterReady = nameof(ClusterReady);
    public const string MeshReady = nameof(MeshReady);
    public const string GatewayReady = nameof(GatewayReady);

    /// <summary>Only of a cluster with <see cref="ClusterSpec.Discover"/>; not a step of its convergence.</summary>
    public const string ServicesDiscovered = nameof(ServicesDiscovered);
    public const string Accepted = nameof(Accepted);
    public const string WorkloadReady = nameof(WorkloadReady);
    public const string RouteProgrammed = nameof(RouteProgrammed);
    public const string PortOpen = nameof(PortOpen);
    public const string NetworkOpen = nameof(NetworkOpen);
    public const string Reachable = nameof(Reachable);
    public const string Ready = nameof(Ready);

    public static readonly IReadOnlyList<string> OfCluster =
    [
        FeaturesRegistered,
        NetworkReady,
        ClusterReady,
        MeshReady,
        GatewayReady,
        Ready,
    ];
    public static readonly IReadOnlyList<string> OfExposure =
    [
        Accepted,
        WorkloadReady,
        RouteProgrammed,
        PortOpen,
        NetworkOpen,
        Reachable,
        Ready,
    ];
}
