namespace MeshPort.Model;

/// <summary>A cluster or an exposure as it is stored and answered.</summary>
public sealed record Resource<TSpec>(TSpec Spec, Metadata Metadata, ResourceStatus Status);

/// <param name="Id">The path of the resource in MeshPort's API.</param>
/// <param name="Generation">Counts changes of the spec from 1.</param>
/// <param name="Etag">Changes whenever the spec does; without quotes.</param>
/// <param name="DeletedAt">When its removal was asked for; it is answered until nothing of it is left.</param>
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
    /// <summary>Of the resource after a change.</summary>
    public static Metadata Next(Metadata? before, string id, string name, DateTimeOffset now)
    {
        var generation = (before?.Generation ?? 0) + 1;
        return new Metadata(id, name, generation, $"{generation}-{Guid.NewGuid():N}", before?.CreatedAt ?? now, now);
    }

    /// <summary>After its removal was asked for.</summary>
    public Metadata Deleted(DateTimeOffset now) => Next(this, Id, Name, now) with { DeletedAt = now };
}
