namespace MeshPort.Sandbox.ResourceManager.Throttling;

/// <summary>How much fits into a bucket and how fast it fills again.</summary>
/// <param name="Burst">Requests that can come at once.</param>
/// <param name="PerSecond">Requests that become possible in a simulated second.</param>
internal sealed record BucketSize(double Burst, double PerSecond);

/// <summary>Full at first; a request takes one token. Not safe for several threads: its owner locks.</summary>
internal sealed class TokenBucket(BucketSize size, DateTimeOffset now)
{
    private double _tokens = size.Burst;
    private DateTimeOffset _filled = now;

    public bool IsFull(DateTimeOffset at) => Fill(at) >= size.Burst;

    /// <summary>Whole requests that are left.</summary>
    public int Remaining => (int)_tokens;

    /// <returns>Zero when a token is there to take, else how long until one is.</returns>
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
