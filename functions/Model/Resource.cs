using System.Text.Json.Serialization;

namespace MeshPort.Model;

/// <summary>A cluster or an exposure, the body of GET and PUT.</summary>
public sealed record Resource<TSpec>(TSpec Spec, Metadata Metadata, ResourceStatus Status)
{
    /// <summary>The change number of the last request for an exposure (ADR 2); the API does not show it. 0 for a cluster.</summary>
    [JsonIgnore]
    public long Change { get; init; }
}

/// <param name="Id">The path of the resource in MeshPort's API.</param>
/// <param name="Generation">Counts changes of the spec, from 1.</param>
/// <param name="Etag">Changes with the spec; without quotes.</param>
/// <param name="DeletedAt">The time of the DELETE; the resource exists until the deletion has finished.</param>
public sealed record Metadata(
    string Id,
    string Name,
    long Generation,
    string Etag,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? DeletedAt = null
)
{
    /// <summary>The Service whose annotations ask for the exposure; null for a cluster, and for an exposure of the API.</summary>
    public ServiceOwner? Owner { get; init; }

    /// <summary>The metadata after a change.</summary>
    public static Metadata Next(Metadata? before, string id, string name, DateTimeOffset now)
    {
        var generation = (before?.Generation ?? 0) + 1;
        return new Metadata(id, name, generation, $"{generation}-{Guid.NewGuid():N}", before?.CreatedAt ?? now, now)
        {
            Owner = before?.Owner,
        };
    }

    /// <summary>The metadata after a DELETE.</summary>
    public Metadata Deleted(DateTimeOffset now) => Next(this, Id, Name, now) with { DeletedAt = now };
}

/// <summary>A Service that owns an exposure (ADR 18).</summary>
public sealed record ServiceOwner(string Namespace, string Service)
{
    public override string ToString() => $"Service {Namespace}/{Service}";
}
