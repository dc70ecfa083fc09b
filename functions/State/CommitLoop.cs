namespace MeshPort.State;

/// <summary>
/// Optimistic concurrency: reads, decides and commits, and does so again when another writer came between. It gives up after 50
/// attempts. A random pause before each repetition keeps writers from meeting again.
/// </summary>
internal static class CommitLoop
{
    private const int Attempts = 50;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    /// <param name="target">The object that is written, for the message.</param>
    /// <param name="attempt">Reads, decides and commits. Null: another writer was faster.</param>
    /// <exception cref="TimeoutException">Other writers were faster every time.</exception>
    public static async Task<T> RunAsync<T>(string target, Func<Task<Committed<T>?>> attempt, CancellationToken cancellationToken)
    {
        for (var count = 0; count < Attempts; count++)
        {
            if (await attempt() is { Result: var result })
            {
                return result;
            }

            // Real time: the loop waits for another process.
            await Task.Delay(LongestPause * Random.Shared.NextDouble(), TimeProvider.System, cancellationToken);
        }

        throw new TimeoutException($"{target} was written by others {Attempts} times in a row.");
    }
}

/// <summary>The result of an attempt that no other writer disturbed.</summary>
internal sealed record Committed<T>(T Result);
