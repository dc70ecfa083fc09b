namespace MeshPort.Sandbox.ResourceManager.Throttling;

/// <summary>The size and refill rate of a bucket.</summary>
/// <param name="Burst">Requests that can come at once.</param>
/// <param name="PerSecond">Tokens added in a simulated second.</param>
internal sealed record BucketSize(double Burst, double PerSecond);

/// <summary>A token bucket, full at first. A request takes one token. Not thread-safe: its owner locks.</summary>
internal sealed class TokenBucket(BucketSize size, DateTimeOffset now)
{
    private double _tokens = size.Burst;
    private DateTimeOffset _filled = now;

    public bool IsFull(DateTimeOffset at) => Fill(at) >= size.Burst;

    /// <summary>The number of whole requests left.</summary>
    public int Remaining => (int)_tokens;

    /// <returns>Zero when a token is available, otherwise the time until one is.</returns>
    public TimeSpan Wait(DateTimeOffset at) => Fill(at) >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - _tokens) / size.PerSecond);

    public void Take() => _tokens -= 1;

    private double Fill(DateTimeOffset at)
    {
        if (at > _filled)
        {
            _tokens = Math.Min(size.Burst, _tokens + ((at - _filled).TotalSeconds * size.PerSecond));
            _filled = at;
        }

        return _tokens;
    }
}
