using System.Runtime.CompilerServices;
using MeshPort.Json;

namespace MeshPort.State;

/// <summary>Typed reads of the store, and writes larger than one commit.</summary>
internal static class StateStoreReading
{
    /// <summary>Rows that one read of the store returns at most: a cluster of 1,000 exposures with their statuses is one read.</summary>
    private const int PageSize = 2000;

    public static async Task<Stored<T>?> FindAsync<T>(
        this IStateStore store,
        string partition,
        string key,
        CancellationToken cancellationToken
    )
        where T : class => await store.FindAsync(partition, key, cancellationToken) is { } row ? Stored<T>.Read(row) : null;

    /// <summary>All documents below a prefix, by the rest of their keys.</summary>
    public static async Task<Dictionary<string, Stored<T>>> ListAllAsync<T>(
        this IStateStore store,
        string partition,
        string prefix,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var found = new Dictionary<string, Stored<T>>(StringComparer.Ordinal);
        await foreach (var row in store.ReadAllAsync(partition, prefix, cancellationToken))
        {
            found[row.Key[prefix.Length..]] = Stored<T>.Read(row);
        }

        return found;
    }

    /// <summary>An operation, whether open or ended. One that ends meanwhile is found as well.</summary>
    public static async Task<Stored<OperationDocument>?> FindOperationAsync(
        this IStateStore store,
        string partition,
        string operation,
        CancellationToken cancellationToken
    ) =>
        await store.FindAsync<OperationDocument>(partition, Documents.OpenOperations + operation, cancellationToken)
        ?? await store.FindAsync<OperationDocument>(partition, Documents.EndedOperations + operation, cancellationToken);

    /// <summary>The exposures of a cluster by name, without their statuses.</summary>
    public static async Task<Dictionary<string, Stored<ExposureDocument>>> ListExposuresAsync(
        this IStateStore store,
        string partition,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<string, Stored<ExposureDocument>>(StringComparer.Ordinal);
        await foreach (var row in store.ReadAllAsync(partition, Documents.Exposures, cancellationToken))
        {
            if (!Documents.IsExposureStatus(row.Key))
            {
                found[row.Key[Documents.Exposures.Length..]] = Stored<ExposureDocument>.Read(row);
            }
        }

        return found;
    }

    public static async Task<IReadOnlyList<string>> ListKeysAsync(
        this IStateStore store,
        string partition,
        CancellationToken cancellationToken
    )
    {
        var keys = new List<string>();
        await foreach (var row in store.ReadAllAsync(partition, "", cancellationToken))
        {
            keys.Add(row.Key);
        }

        return keys;
    }

    /// <summary>Makes changes without version requirements, in as many commits as the store needs. Repeating it does no harm.</summary>
    public static async Task CommitAllAsync(
        this IStateStore store,
        string partition,
        IReadOnlyList<StateChange> changes,
        CancellationToken cancellationToken
    )
    {
        foreach (var chunk in StateChange.Chunk(changes, store.MostChanges, store.MostCharacters))
        {
            await store.TryCommitAsync(partition, chunk, cancellationToken);
        }
    }

    /// <summary>All documents below a prefix, in the order of their keys.</summary>
    public static async IAsyncEnumerable<StateRow> ReadAllAsync(
        this IStateStore store,
        string partition,
        string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        string? after = null;
        IReadOnlyList<StateRow> page;
        do
        {
            page = await store.ListAsync(partition, prefix, after, PageSize, cancellationToken);
            foreach (var row in page)
            {
                yield return row;
                after = row.Key;
            }
        } while (page.Count == PageSize);
    }
}

internal sealed record Stored<T>(T Document, string Version)
    where T : class
{
    public static Stored<T> Read(StateRow row) => new(MeshPortJson.Read<T>(row.Body), row.Version);
}
