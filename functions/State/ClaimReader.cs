using MeshPort.Model;

namespace MeshPort.State;

/// <summary>
/// Reads the documents that a <see cref="ClaimDecision"/> needs: one by one for a few changes or claims, otherwise all of the cluster.
/// </summary>
internal sealed class ClaimReader(IStateStore store, Limits limits)
{
    private const int Few = 10;

    /// <summary>A change usually wants two claims and holds two.</summary>
    private const int FewClaims = 4 * Few;

    public async Task<ClaimDecision> ReadAsync(
        ClusterState cluster,
        IReadOnlyList<ExposureChange> changes,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var partition = Documents.Partition(cluster.Document.Id);
        var (exposures, claims) =
            changes.Count > Few
                ? (
                    await store.ListExposuresAsync(partition, cancellationToken),
                    await store.ListAllAsync<ClaimDocument>(partition, Documents.Claims, cancellationToken)
                )
                : await FindAsync(partition, changes, cancellationToken);
        return new ClaimDecision(
            cluster.Document.Id,
            exposures.ToDictionary(exposure => exposure.Key, exposure => exposure.Value.Document, StringComparer.Ordinal),
            claims.ToDictionary(claim => claim.Key, claim => claim.Value.Document, StringComparer.Ordinal),
            cluster.Document.Change + 1,
            cluster.Document.Ports,
            limits.Room(cluster.Resource.Status.OtherRules, cluster.Resource.Spec.IpFamilies.Count),
            now
        )
        {
            Strategy = cluster.Resource.Spec.Strategy,
        };
    }

    /// <summary>The exposures that the changes name, the claims that they want or hold, and the holders of those claims.</summary>
    private async Task<(Dictionary<string, Stored<ExposureDocument>>, Dictionary<string, Stored<ClaimDocument>>)> FindAsync(
        string partition,
        IReadOnlyList<ExposureChange> changes,
        CancellationToken cancellationToken
    )
    {
        var exposures = await FindAsync<ExposureDocument>(
            partition,
            Documents.Exposures,
            changes.Select(change => change.Name),
            cancellationToken
        );
        var specs = changes
            .Select(change => change.Spec)
            .OfType<ExposureSpec>()
            .Concat(exposures.Values.Select(exposure => exposure.Document.Spec));
        var things = specs.SelectMany(ExposureClaim.Of).Select(claim => claim.Thing).ToHashSet(StringComparer.Ordinal);
        var claims =
            things.Count > FewClaims
                ? (await store.ListAllAsync<ClaimDocument>(partition, Documents.Claims, cancellationToken))
                    .Where(claim => things.Contains(claim.Key))
                    .ToDictionary(StringComparer.Ordinal)
                : await FindAsync<ClaimDocument>(partition, Documents.Claims, things, cancellationToken);
        var holders = claims
            .Values.SelectMany(claim => claim.Document.Holders.Keys)
            .Where(holder => !exposures.ContainsKey(holder))
            .ToList();
        foreach (var (name, holder) in await FindAsync<ExposureDocument>(partition, Documents.Exposures, holders, cancellationToken))
        {
            exposures[name] = holder;
        }

        return (exposures, claims);
    }

    private async Task<Dictionary<string, Stored<T>>> FindAsync<T>(
        string partition,
        string prefix,
        IEnumerable<string> names,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var found = new Dictionary<string, Stored<T>>(StringComparer.Ordinal);
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            if (await store.FindAsync<T>(partition, prefix + name, cancellationToken) is { } document)
            {
                found[name] = document;
            }
        }

        return found;
    }
}
