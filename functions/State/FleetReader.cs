using System.Runtime.CompilerServices;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>
/// Lists clusters, and exposures across clusters. A request reads a bounded part of the store. At the bound its slice ends, and
/// <see cref="Slice{T}.Next"/> continues behind the last document that was read, whether it was listed or not.
/// </summary>
internal sealed class FleetReader(IStateStore store, ClusterStore clusters, ExposureStore exposures)
{
    /// <summary>Entries of the list of clusters that one request reads.</summary>
    internal const int MostEntries = 1000;

    /// <summary>Clusters whose exposures one request reads.</summary>
    internal const int MostClusters = 100;

    /// <summary>Exposures after which a request reads no more.</summary>
    internal const int MostExposures = 2000;

    /// <summary>Exposures that one read of the store returns.</summary>
    private const int ReadSize = 250;

    private const char Separator = '|';

    /// <summary>Clusters, grouped by subscription and resource group.</summary>
    /// <param name="after">From the previous slice; null for the first one.</param>
    /// <param name="limit">At most <see cref="MostEntries"/>.</param>
    public async Task<Slice<Listed<ClusterSpec>>> ListClustersAsync(
        FleetScope scope,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var found = new List<Listed<ClusterSpec>>();
        var (last, included, read) = (after, after, 0);
        var entries = await ListEntriesAsync(scope, after, cancellationToken);
        foreach (var (key, id) in entries)
        {
            if (scope.Includes(id))
            {
                if (read++ == limit)
                {
                    return new(found, included); // a later position could name a cluster outside the scope
                }

                // The list may name a cluster that was never stored or is deleted already.
                if (await clusters.GetAsync(id, cancellationToken) is { } cluster)
                {
                    found.Add(Listed<ClusterSpec>.Of(id, cluster));
                }

                included = key;
            }

            last = key;
        }

        return new(found, entries.Count == MostEntries ? last : null);
    }

    /// <summary>Exposures, grouped by cluster.</summary>
    /// <param name="after">From the previous slice; null for the first one.</param>
    public async Task<Slice<Listed<ExposureSpec>>> ListExposuresAsync(
        FleetScope scope,
        Func<Resource<ExposureSpec>, bool> matches,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var found = new List<Listed<ExposureSpec>>();
        var (last, included) = (after, after);
        await foreach (var (id, exposure, position) in ReadExposuresAsync(scope, after, cancellationToken))
        {
            if (exposure is not null && matches(exposure))
            {
                if (found.Count == limit)
                {
                    return new(found, included);
                }

                found.Add(Listed<ExposureSpec>.Of(id, exposure));
            }

            last = position;
            included = scope.Includes(id) ? position : included;
        }

        return new(found, last);
    }

    /// <summary>Reads exposures up to the bounds. Each step has its position, from which a later request continues.</summary>
    /// <returns>Exposures, and a step without one behind each cluster. The position behind the last cluster is null.</returns>
    private async IAsyncEnumerable<(ClusterId Cluster, Resource<ExposureSpec>? Exposure, string? Position)> ReadExposuresAsync(
        FleetScope scope,
        string? after,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (start, name) = Split(after);
        var entries = await ListEntriesAsync(scope, start, cancellationToken);
        var isLast = entries.Count < MostEntries;
        if (name is not null && await store.FindAsync<ClusterIndexDocument>(Documents.Index, start ?? "", cancellationToken) is { } begun)
        {
            entries = [new Entry(start ?? "", begun.Document.Id), .. entries];
        }

        var (readClusters, readExposures) = (0, 0);
        foreach (var (key, id) in entries)
        {
            if (scope.Includes(id))
            {
                if (readClusters++ == MostClusters)
                {
                    yield break;
                }

                IReadOnlyList<Resource<ExposureSpec>> page;
                var previous = key == start ? name : null;
                do
                {
                    if (readExposures >= MostExposures)
                    {
                        yield break;
                    }

                    page = await exposures.ListAsync(id, previous, ReadSize, cancellationToken);
                    readExposures += page.Count;
                    foreach (var exposure in page)
                    {
                        previous = exposure.Metadata.Name;
                        yield return (id, exposure, $"{key}{Separator}{previous}");
                    }
                } while (page.Count == ReadSize);
            }

            yield return (id, null, key);
        }

        if (isLast)
        {
            yield return (default, null, null);
        }
    }

    private async Task<IReadOnlyList<Entry>> ListEntriesAsync(FleetScope scope, string? after, CancellationToken cancellationToken) =>
        [
            .. (await store.ListAsync(Documents.Index, scope.Prefix, after, MostEntries, cancellationToken)).Select(row => new Entry(
                row.Key,
                MeshPortJson.Read<ClusterIndexDocument>(row.Body).Id
            )),
        ];

    /// <summary>The key of a cluster, and the exposure if the position is inside the cluster.</summary>
    private static (string? Cluster, string? Exposure) Split(string? position)
    {
        var end = position?.LastIndexOf(Separator) ?? 0;
        return position?.Count(character => character == Separator) == 3 // the key of a cluster has two
            ? (position[..end], position[(end + 1)..])
            : (position, null);
    }

    private sealed record Entry(string Key, ClusterId Id);
}

/// <param name="SubscriptionId">Null for all subscriptions.</param>
/// <param name="IsAllowed">Whether the caller may access a cluster and wants it.</param>
internal sealed record FleetScope(string? SubscriptionId, Func<ClusterId, bool> IsAllowed)
{
    /// <summary>The prefix of the entries in the list of clusters.</summary>
    public string Prefix => SubscriptionId is null ? "" : $"{SubscriptionId.ToLowerInvariant()}|";

    /// <summary>Also checks the subscription, because a caller may write any position into a request.</summary>
    public bool Includes(ClusterId cluster) =>
        SubscriptionId?.Equals(cluster.SubscriptionId, StringComparison.OrdinalIgnoreCase) != false && IsAllowed(cluster);
}

/// <param name="Next">The position to continue from; null behind the last item.</param>
internal sealed record Slice<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>A resource in a list across clusters.</summary>
internal sealed record Listed<TSpec>(ClusterId Cluster, TSpec Spec, Metadata Metadata, ResourceStatus Status)
{
    public static Listed<TSpec> Of(ClusterId cluster, Resource<TSpec> resource) =>
        new(cluster, resource.Spec, resource.Metadata, resource.Status);
}
