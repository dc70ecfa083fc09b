namespace MeshPort.Clusters;

/// <summary>A cluster or an exposure as it is stored and answered.</summary>
public sealed record Resource<TSpec>(TSpec Spec, Metadata Metadata, ResourceStatus Status);

/// <param name="Id">The path of the resource in MeshPort's API.</param>
/// <param name="Generation">Counts changes of the spec from 1.</param>
/// <param name="Etag">Changes whenever the spec does; without quotes.</param>
public sealed record Metadata(string Id, string Name, long Generation, string Etag, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);
