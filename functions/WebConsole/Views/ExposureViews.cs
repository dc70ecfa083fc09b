using MeshPort.Model;

namespace MeshPort.WebConsole.Views;

/// <param name="Path">From the client to the pods.</param>
/// <param name="Probes">Oldest first.</param>
/// <param name="History">Newest first.</param>
public sealed record ExposureView(
    Links Links,
    ClusterId Cluster,
    Resource<ExposureSpec> Exposure,
    IReadOnlyList<Hop> Path,
    IReadOnlyList<ProbeResult> Probes,
    IReadOnlyList<HistoryEntry> History,
    bool IsOperator
)
{
    public string Name => Exposure.Metadata.Name;
}

/// <summary>A spec to write or change, with its dry run.</summary>
/// <param name="Cluster">The cluster that the form is about; null for a new one.</param>
/// <param name="Url">The address of the resource in the API; <c>{name}</c> stands for the value of a field of the form.</param>
/// <param name="Fields">The names to fill in; empty for an existing resource.</param>
/// <param name="Spec">JSON.</param>
/// <param name="Etag">The version that the spec comes from; null for a new resource.</param>
/// <param name="Back">The page to return to.</param>
/// <param name="Done">The page of the resource, with the same fields as <paramref name="Url"/>.</param>
public sealed record EditView(
    Links Links,
    ClusterId? Cluster,
    string Title,
    string Url,
    IReadOnlyList<NameField> Fields,
    string Spec,
    string? Etag,
    string Back,
    string Done
);

/// <param name="Name">Also the name in the address.</param>
/// <param name="Help">An example.</param>
public sealed record NameField(string Name, string Label, string Help);

public sealed record RejectionListView(Links Links, IReadOnlyList<RejectionRow> Rows, bool HasMore);

public sealed record RejectionRow(string Id, DateTimeOffset SentAt, string? Cluster, int ErrorCount, IReadOnlyList<FieldError> Errors);
