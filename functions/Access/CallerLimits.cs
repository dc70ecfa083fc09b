using System.Threading.RateLimiting;

namespace MeshPort.Access;

/// <summary>Limits the request rate of each caller with a token bucket, per instance of the app and on real time.</summary>
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
                    ReplenishmentPeriod = TimeSpan.FromMinutes(1) / access.RequestsPerMinute, // also exact below 60 requests a minute
                }
            )
    );

    /// <returns>The time to wait before the next request; null when this one is within the limit.</returns>
    public TimeSpan? Exceeds(string caller)
    {
        using var lease = _limiter.AttemptAcquire(caller);
        return lease.IsAcquired ? null
            : lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait
            : TimeSpan.FromMinutes(1);
    }

    public void Dispose() => _limiter.Dispose();
}
