using MeshPort.Host.Api;

namespace MeshPort.Host.Progress;

/// <summary>Repeats a read while the server is away, as during its restart.</summary>
/// <param name="limit">How long the server may stay away. Infinite waits until the caller stops.</param>
/// <param name="tell">Receives a sentence when the server is lost, and null when it is back.</param>
internal sealed class Patience(TimeSpan limit, Action<string?> tell)
{
    public const string Back = "The server is back.";

    /// <summary>A restart of the server may take so long.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromMinutes(1);

    /// <exception cref="UnreachableException">The server stayed away.</exception>
    public async Task<T> ReadAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        long? lostAt = null;
        while (true)
        {
            try
            {
                var found = await read();
                if (lostAt is not null)
                {
                    tell(null);
                }

                return found;
            }
            catch (Exception away) when (away is UnreachableException or ApiException { Status: 502 or 503 or 504 })
            {
                if (lostAt is null)
                {
                    tell($"{away.Message} Trying again {(IsEndless ? "until Ctrl+C" : $"for {limit.TotalSeconds:0} s")}.");
                }

                lostAt ??= TimeProvider.System.GetTimestamp();
                if (!IsEndless && TimeProvider.System.GetElapsedTime(lostAt.Value) >= limit)
                {
                    throw new UnreachableException($"{away.Message} It was away for {limit.TotalSeconds:0} s.");
                }

                await Task.Delay(PollPause.Remote, TimeProvider.System, cancellationToken);
            }
        }
    }

    private bool IsEndless => limit == Timeout.InfiniteTimeSpan;
}
