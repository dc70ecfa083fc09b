using MeshPort.Json;

namespace MeshPort.State;

/// <summary>
/// Stores JSON documents by partition (one per cluster) and key, each with a version. The store does not know what they mean. Azure Table
/// Storage and SQLite implement it and pass the same test suite. Keys sort ordinally and hold only letters, digits and <c>- _ . | ( )</c>.
/// </summary>
internal interface IStateStore
{
    /// <summary>Documents that one commit may change at most: 100 in an entity group transaction of Azure Table Storage.</summary>
    int MostChanges { get; }

    /// <summary>Characters that the bodies of one commit may have together.</summary>
    int MostCharacters { get; }

    /// <returns>Null when the document does not exist.</returns>
    Task<StateRow?> FindAsync(string partition, string key, CancellationToken cancellationToken);

    /// <summary>
    /// Up to <paramref name="limit"/> documents whose key begins with <paramref name="prefix"/>, in the order of their keys.
    /// </summary>
    /// <param name="after">Returns only greater keys; null starts with the first key.</param>
    Task<IReadOnlyList<StateRow>> ListAsync(string partition, string prefix, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Makes all changes or none.</summary>
    /// <param name="changes">Each key at most once.</param>
    /// <returns>False when a document does not have the version that its change requires; then nothing is written.</returns>
    Task<bool> TryCommitAsync(string partition, IReadOnlyList<StateChange> changes, CancellationToken cancellationToken);
}

/// <param name="Version">Opaque; every write makes a new one.</param>
internal sealed record StateRow(string Key, string Version, string Body);

/// <summary>The change that a commit makes to one document.</summary>
/// <param name="Body">Null deletes the document.</param>
/// <param name="Version">
/// The version that the document must have. <see cref="New"/>: it must not exist. <see cref="Any"/>: no requirement.
/// </param>
internal sealed record StateChange(string Key, string? Body, string Version)
{
    public const string New = "";
    public const string Any = "*";

    /// <summary>
    /// Characters of a document. An entity of Azure Table Storage holds 1 MiB, which is 512 Ki characters, with its key and the names of
    /// its properties (learn.microsoft.com, "Understanding the Table service data model").
    /// </summary>
    public const int MostCharacters = 500 * 1024;

    public static StateChange Put<T>(string key, T document, string version = Any) => new(key, MeshPortJson.Write(document), version);

    public static StateChange Delete(string key, string version = Any) => new(key, null, version);

    /// <summary>Splits changes, in their order, into as few parts as the limits allow.</summary>
    /// <param name="most">Changes in a part.</param>
    /// <param name="mostCharacters">Characters of their bodies in a part; a single larger body gets its own part.</param>
    public static IReadOnlyList<IReadOnlyList<StateChange>> Chunk(IReadOnlyList<StateChange> changes, int most, int mostCharacters)
    {
        var parts = new List<List<StateChange>>();
        var room = 0L;
        foreach (var change in changes)
        {
            var length = change.Body?.Length ?? 0;
            if (parts.Count == 0 || parts[^1].Count == most || room < length)
            {
                parts.Add([]);
                room = mostCharacters;
            }

            parts[^1].Add(change);
            room -= length;
        }

        return parts;
    }

    /// <summary>Refuses what Azure Table Storage would refuse, in every store.</summary>
    /// <exception cref="ArgumentException">A key occurs twice, or a document is too long.</exception>
    public static void RequireStorable(IReadOnlyList<StateChange> changes)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        if (changes.FirstOrDefault(change => !keys.Add(change.Key)) is { } twice)
        {
            throw new ArgumentException($"One commit changes '{twice.Key}' twice.", nameof(changes));
        }

        if (changes.FirstOrDefault(change => change.Body?.Length > MostCharacters) is { } tooLong)
        {
            throw new ArgumentException(
                $"Document '{tooLong.Key}' has {tooLong.Body?.Length} characters; it can have {MostCharacters}.",
                nameof(changes)
            );
        }
    }
}
