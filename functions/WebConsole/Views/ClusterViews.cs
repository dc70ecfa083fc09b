using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <param name="Rows">The clusters of the page that the caller's role may access.</param>
/// <param name="IsOperator">Whether the caller may change clusters.</param>
public sealed record ClusterListView(Links Links, IReadOnlyList<ClusterRow> Rows, Paging Paging, bool IsOperator);

/// <param name="Used">Ports that exposures hold.</param>
/// <param name="Budget">Ports that they may hold.</param>
/// <param name="LastLook">The time when the keeper last worked; null while the cluster has none.</param>
public sealed record ClusterRow(ClusterId Id, Resource<ClusterSpec> Resource, int Used, int Budget, DateTimeOffset? LastLook)
{
    public Condition? Find(string type) => Resource.Status.Find(type);
}

/// <param name="Operation">The request that runs, or the last one; null without one in the last week.</param>
/// <param name="History">Newest first.</param>
public sealed record ClusterView(
    Links Links,
    ClusterRow Cluster,
    NamedOperation? Operation,
    ExposureListView Exposures,
    IReadOnlyList<HistoryEntry> History,
    bool IsOperator
);

/// <summary>The exposures of a cluster that match a filter, one page of them.</summary>
/// <param name="Counts">Of all exposures, by tone.</param>
public sealed record ExposureListView(
    ExposureSearch Search,
    IReadOnlyList<Resource<ExposureSpec>> Rows,
    Paging Paging,
    IReadOnlyDictionary<Tone, int> Counts
);

/// <summary>The filter of a list of exposures. Null accepts every value.</summary>
/// <param name="Text">A part of a name, a backend or a reason.</param>
public sealed record ExposureSearch(Tone? State, int? Port, GatewayKind? Gateway, string? Text)
{
    public bool IsEmpty => this == new ExposureSearch(null, null, null, null);

    public bool Matches(Resource<ExposureSpec> exposure) =>
        (State is null || State == Tones.Of(exposure).Tone)
        && (Port is not { } port || exposure.Spec.HasPort(port))
        && (Gateway is null || Gateway == exposure.Spec.Gateway)
        && (Text is not { Length: > 0 } text || Words(exposure).Any(word => word.Contains(text, StringComparison.OrdinalIgnoreCase)));

    private static IEnumerable<string> Words(Resource<ExposureSpec> exposure) =>
        [
            exposure.Metadata.Name,
            exposure.Status.Find(ConditionTypes.Ready)?.Reason ?? "",
            .. exposure.Spec.SniHosts,
            .. exposure.Spec.Backends.Select(backend => $"{backend.Namespace}/{backend.Service}"),
        ];
}

/// <param name="Operations">Newest first.</param>
public sealed record OperationListView(Links Links, ClusterId Id, IReadOnlyList<NamedOperation> Operations);

/// <param name="Exposures">The exposures that the request named; null for the cluster itself.</param>
/// <param name="Waiting">The number of later requests that no convergence serves yet.</param>
public sealed record NamedOperation(Operation Operation, IReadOnlyList<string>? Exposures, int Waiting)
{
    /// <summary>The resource that the request was about.</summary>
    public string Subject =>
        Exposures switch
        {
            null => "Cluster",
            [var only] => $"Exposure {only}",
            var several => Counted.Of(several.Count, "exposure"),
        };
}

/// <param name="Hours">By the hour, from the earliest.</param>
/// <param name="Entries">Newest first.</param>
/// <param name="Before">The number of older entries that are not shown.</param>
public sealed record DriftView(Links Links, ClusterId Id, IReadOnlyList<DriftHour> Hours, IReadOnlyList<DriftEntry> Entries, int Before);

public sealed record DriftHour(DateTimeOffset Start, int Repairs, int Reverts);

/// <param name="Exposure">Empty for the cluster itself.</param>
public sealed record DriftEntry(string Exposure, HistoryEntry Entry);
