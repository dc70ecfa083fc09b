using MeshPort.State;
using Xunit;

namespace MeshPort.Functions.Tests.State;

/// <summary>Counts calls and rows of a store, and can simulate the death of the process.</summary>
internal sealed class WatchedStore(IStateStore store) : IStateStore
{
    private int _calls;
    private int _rows;

    public int Calls => _calls;

    public int Rows => _rows;

    /// <summary>Commits that still succeed; later ones throw.</summary>
    public int CommitsLeft { get; set; } = int.MaxValue;

    /// <summary>Runs before each commit.</summary>
    public Func<Task>? BeforeCommit { get; set; }

    /// <summary>Runs after the next commit of one document with this key, which then answers as if it had not been made.</summary>
    public (string Key, Func<Task> Then)? LostAnswer { get; set; }

    /// <summary>A smaller limit of a commit than the store has; null for that of the store.</summary>
    public int? Room { get; init; }

    public int MostChanges => Room ?? store.MostChanges;

    public int MostCharacters => store.MostCharacters;

    public void Forget() => (_calls, _rows) = (0, 0);

    public async Task<StateRow?> FindAsync(string partition, string key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _rows);
        return await store.FindAsync(partition, key, cancellationToken);
    }

    public async Task<IReadOnlyList<StateRow>> ListAsync(
        string partition,
        string prefix,
        string? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        Interlocked.Increment(ref _calls);
        var rows = await store.ListAsync(partition, prefix, after, limit, cancellationToken);
        Interlocked.Add(ref _rows, rows.Count);
        return rows;
    }

    public async Task<bool> TryCommitAsync(string partition, IReadOnlyList<StateChange> changes, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        if (BeforeCommit is { } before)
        {
            await before();
        }

        if (CommitsLeft-- <= 0)
        {
            throw new IOException("The process is killed.");
        }

        Assert.InRange(changes.Count, 0, MostChanges);
        var isMade = await store.TryCommitAsync(partition, changes, cancellationToken);
        if (!isMade || LostAnswer is not { } lost || changes is not [var only] || only.Key != lost.Key)
        {
            return isMade;
        }

        LostAnswer = null;
        await lost.Then();
        return false;
    }
}
