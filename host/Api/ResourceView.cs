using System.Text.Json;
using System.Text.Json.Serialization;
using MeshPort.Model;

namespace MeshPort.Host.Api;

/// <summary>A cluster or an exposure. Unknown fields are ignored, so that a newer server can add some.</summary>
internal sealed record ResourceView(JsonElement Spec, MetadataView Metadata, StatusView Status)
{
    /// <summary>The answer as the server sent it.</summary>
    [JsonIgnore]
    public JsonElement Body { get; private init; }

    /// <summary>The cluster, or the cluster of the exposure.</summary>
    [JsonIgnore]
    public ClusterId Cluster => ResourcePath.ClusterOf(Metadata.Id);

    /// <summary>The condition <c>Ready</c>. Unknown while the server has not observed the resource.</summary>
    [JsonIgnore]
    public ConditionView Ready =>
        (Status.Conditions ?? []).FirstOrDefault(condition => condition.Type == "Ready")
        ?? new ConditionView("Ready", "Unknown", "NoConditions", "The resource has no conditions yet.");

    /// <summary>The condition <c>Ready</c> of the current spec. Unknown while the server has observed an earlier one only.</summary>
    [JsonIgnore]
    public ConditionView CurrentReady =>
        Ready.Status == "Unknown" || (IsCurrent(Ready) && Status.ObservedGeneration >= Metadata.Generation)
            ? Ready
            : new ConditionView(
                "Ready",
                "Unknown",
                Reasons.Pending,
                $"MeshPort has not observed generation {Metadata.Generation} yet.",
                Metadata.UpdatedAt
            );

    /// <summary>Whether the current spec is Ready.</summary>
    [JsonIgnore]
    public bool IsReady => CurrentReady.IsTrue;

    /// <summary>Whether a condition is an observation of the current spec.</summary>
    public bool IsCurrent(ConditionView condition) => condition.ObservedGeneration >= Metadata.Generation;

    /// <summary>Whether a condition is an observation of an earlier spec.</summary>
    public bool IsOfEarlierSpec(ConditionView condition) => condition.ObservedGeneration > 0 && !IsCurrent(condition);

    /// <summary>The address of a gateway. Null while it is unknown.</summary>
    public string? AddressOf(string gateway) =>
        (Status.Addresses ?? []).FirstOrDefault(address => string.Equals(address.Gateway, gateway, StringComparison.OrdinalIgnoreCase))?.Ip;

    /// <summary>The addresses of a gateway, one of each family.</summary>
    public IReadOnlyList<string> AddressesOf(string gateway) =>
        [
            .. (Status.Addresses ?? [])
                .Where(address => string.Equals(address.Gateway, gateway, StringComparison.OrdinalIgnoreCase))
                .Select(address => address.Ip),
        ];

    public static ResourceView Of(JsonElement body) => body.To<ResourceView>() with { Body = body };
}

/// <param name="Id">The path of the resource in the API.</param>
/// <param name="Etag">Changes with the spec; without quotes.</param>
internal sealed record MetadataView(
    string Id,
    string Name,
    long Generation,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? DeletedAt,
    OwnerView? Owner = null,
    string? Etag = null
);

/// <summary>The Service whose annotations ask for an exposure.</summary>
internal sealed record OwnerView(string Namespace, string Service)
{
    public override string ToString() => $"Service {Namespace}/{Service}";
}

internal sealed record StatusView(
    IReadOnlyList<ConditionView>? Conditions,
    IReadOnlyList<AddressView>? Addresses,
    IReadOnlyList<HistoryView>? History = null,
    long ObservedGeneration = 0
);

/// <param name="ObservedGeneration">The generation of the resource that was observed.</param>
internal sealed record ConditionView(
    string Type,
    string Status,
    string? Reason,
    string? Message,
    DateTimeOffset Since = default,
    long ObservedGeneration = 0
)
{
    [JsonIgnore]
    public bool IsTrue => Status == "True";
}

/// <param name="Hostname">The DNS name of the address; null without one.</param>
internal sealed record AddressView(string Gateway, string Ip, string? Hostname = null);

internal sealed record HistoryView(DateTimeOffset At, string Type, string? Status, string Reason, string Message, RequesterView? By);

internal sealed record RequesterView(string Trigger, string? Principal);

/// <summary>A rejected message of the queue.</summary>
internal sealed record RejectionView(
    string Id,
    DateTimeOffset RejectedAt,
    string? Cluster,
    int ErrorCount,
    IReadOnlyList<ProblemErrorView> Errors
)
{
    /// <summary>The answer as the server sent it.</summary>
    [JsonIgnore]
    public JsonElement Body { get; private init; }

    public static RejectionView Of(JsonElement body) => body.To<RejectionView>() with { Body = body };
}

/// <summary>The answer to a batch of exposures.</summary>
/// <param name="Operation">The URL of the operation. Null when nothing had to change.</param>
internal sealed record BatchView(Uri? Operation, IReadOnlyList<BatchItemView> Results)
{
    /// <summary>The names of the exposures that the batch changes.</summary>
    public IEnumerable<string> Changed => Results.Where(item => item.Outcome != "Unchanged").Select(item => item.Name).OfType<string>();

    public static BatchView Of(JsonElement body) => body.To<BatchView>();
}

internal sealed record BatchItemView(string? Name, string Outcome, MetadataView? Metadata = null);

/// <summary>The answer to a PUT.</summary>
/// <param name="Operation">The URL of the operation that shows the progress. Null when nothing had to change.</param>
/// <param name="Resource">The resource, with the server's defaults; null where the answer has none.</param>
internal sealed record PutAnswer(Uri? Operation, ResourceView? Resource)
{
    /// <summary>The etag of the spec that was put.</summary>
    public string? Etag => Resource?.Metadata.Etag;
}

/// <summary>The changes of a dry run, in their order.</summary>
internal sealed record PlanView(IReadOnlyList<ChangeView> Changes)
{
    public static PlanView Of(JsonElement body) => body.To<PlanView>();
}

/// <param name="Action">create, update, delete or none.</param>
internal sealed record ChangeView(string Action, string Target, string Why, IReadOnlyList<DifferenceView> Diff);

internal sealed record DifferenceView(string Pointer, JsonElement? Before, JsonElement? After);

internal sealed record AdoptableListView(IReadOnlyList<AdoptableView> Value);

/// <summary>A TCP listener of others.</summary>
/// <param name="Listener">Its Gateway.</param>
/// <param name="Name">A name for the exposure that takes it over; null with an obstacle.</param>
internal sealed record AdoptableView(string Gateway, int Port, string Listener, string? Name, JsonElement? Spec, string? Obstacle);

/// <summary>Problem details (RFC 9457).</summary>
internal sealed record ProblemView(string? Title, string? Detail, IReadOnlyList<ProblemErrorView>? Errors);

internal sealed record ProblemErrorView(string Pointer, string Detail);

/// <summary>One page of a list.</summary>
internal sealed record PageView(IReadOnlyList<JsonElement> Value, string? NextLink);
