using MeshPort.Json;

namespace MeshPort.State;

/// <summary>
/// Where State is kept: JSON documents by partition (one for each cluster) and key, with a version each. What they mean is not known here. Two implementations,
/// Azure Table Storage and SQLite, pass one suite of tests. Keys are compared ordinally and hold letters, digits and <c>- _ . | ( )</c> only.
/// </summary>
internal interface IStateStore
{
    /// <summary>The most documents that one commit may change: 100 in an entity group transaction of Azure Table Storage.</summary>
    int MostChanges { get; }

    /// <summary>The most characters that the bodies of one commit may have together.</summary>
    int MostCharacters { get; }

    /// <returns>Null when there is no such document.</returns>
    Task<StateRow?> FindAsync(string partition, string key, CancellationToken cancellationToken);

    /// <summary>Up to <paramref name="limit"/> documents whose key begins with <paramref name="prefix"/>, in the order of their keys.</summary>
    /// <param name="after">The key to begin behind; null begins with the first.</param>
    Task<IReadOnlyList<StateRow>> ListAsync(string partition, string prefix, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>All changes or none.</summary>
    /// <param name="changes">No key twice.</param>
    /// <returns>False when a document is not of the version that its change asks for; then nothing was written.</returns>
    Task<bool> TryCommitAsync(string partition, IReadOnlyList<StateChange> changes, CancellationToken cancellationToken);
}

/// <param name="Version">Another after every write; opaque.</param>
internal sealed record StateRow(string Key, string Version, string Body);

/// <summary>What becomes of one document in a commit.</summary>
/// <param name="Body">Null deletes it.</param>
/// <param name="Version">That it must have; <see cref="New"/>: it must not exist; <see cref="Any"/>: whatever there is, or nothing.</param>
internal sealed record StateChange(string Key, string? Body, string Version)
{
    public const string New = "";
    public const string Any = "*";

    public static StateChange Put<T>(string key, T document, string version = Any) => new(key, MeshPortJson.Write(document), version);

    public static StateChange Delete(string key, string version = Any) => new(key, null, version);

    /// <summary>In the same order, in as few parts as the limits allow.</summary>
    /// <param name="most">How many changes a part may have.</param>
    /// <param name="mostCharacters">How many characters their bodies may have; one that has more is a part of its own.</param>
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

    /// <exception cref="ArgumentException">A key is there twice: an error of the caller's, which Azure Table Storage would refuse.</exception>
    public static void RequireDistinct(IReadOnlyList<StateChange> changes)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        if (changes.FirstOrDefault(change => !keys.Add(change.Key)) is { } twice)
        {
            throw new ArgumentException($"One commit changes '{twice.Key}' twice.", nameof(changes));
        }
    }
}
