using System.Collections.Concurrent;
using MeshPort.Model;

namespace MeshPort.State;

/// <summary>
/// Lets the writers of one cluster's exposures in this process run one after another, so that they do not make each other's commits fail.
/// Correctness does not depend on it.
/// </summary>
internal sealed class WriterLocks
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _locks = new(StringComparer.Ordinal);

    /// <param name="attempt">Reads, decides and commits. Null: another writer was faster.</param>
    public async Task<T> RunAsync<T>(ClusterId id, Func<Task<T?>> attempt, CancellationToken cancellationToken)
        where T : class
    {
        var writer = _locks.GetOrAdd(id.Key, _ => new SemaphoreSlim(1));
        await writer.WaitAsync(cancellationToken);
        try
        {
            return await CommitLoop.RunAsync<T>(
                $"Cluster {id.Name}",
                async () => await attempt() is { } result ? new(result) : null,
                cancellationToken
            );
        }
        finally
        {
            writer.Release();
        }
    }
}
