using System.Threading.RateLimiting;

namespace MeshPort.Access;

/// <summary>How much one caller may ask: a token bucket for each, in each instance of the app, on real time.</summary>
internal sealed class CallerLimits(AccessOptions access) : IDisposable
{
    private readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(caller =>
        access.RequestsPerMinute == 0
            ? RateLimitPartition.GetNoLimiter(caller)
            : RateLimitPartition.GetTokenBucketLimiter(
                caller,
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = access.RequestsPerMinute,
                    TokensPerPeriod = 1,
                    ReplenishmentPeriod = TimeSpan.FromMinutes(1) / access.RequestsPerMinute, // so that any number is kept to, also one below 60
                }
            )
    );

    /// <returns>After how long to ask again; null when the request is within the limit.</returns>
    public TimeSpan? Exceeds(string caller)
    {
        using var lease = _limiter.AttemptAcquire(caller);
        return lease.IsAcquired ? null
            : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait
            : TimeSpan.FromMinutes(1);
    }

    public void Dispose() => _limiter.Dispose();
}
