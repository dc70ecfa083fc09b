namespace MeshPort.Sandbox.ResourceManager.Throttling;

/// <summary>All buckets in use, by key. A request takes a token from all of its buckets or from none.</summary>
internal sealed class TokenBuckets(TimeProvider clock)
{
    private const int TidyAt = 4_096;
    private readonly Dictionary<string, TokenBucket> _buckets = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _lock = new();

    /// <summary>
    /// Takes one token from each bucket. If one is empty, none is taken, and <paramref name="wait"/> tells when all have one.
    /// </summary>
    /// <returns>The remaining tokens of each, in the order of <paramref name="counted"/>.</returns>
    public IReadOnlyList<int> Take(IReadOnlyList<(string Key, BucketSize Size)> counted, out TimeSpan wait)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            Tidy(now);
            var buckets = counted.Select(entry => Bucket(entry.Key, entry.Size, now)).ToList();
            wait = buckets.Max(bucket => bucket.Wait(now));
            if (wait == TimeSpan.Zero)
            {
                buckets.ForEach(bucket => bucket.Take());
            }

            return [.. buckets.Select(bucket => bucket.Remaining)];
        }
    }

    private TokenBucket Bucket(string key, BucketSize size, DateTimeOffset now)
    {
        if (!_buckets.TryGetValue(key, out var bucket))
        {
            _buckets[key] = bucket = new TokenBucket(size, now);
        }

        return bucket;
    }

    /// <summary>A full bucket equals a new one.</summary>
    private void Tidy(DateTimeOffset now)
    {
        if (_buckets.Count >= TidyAt)
        {
            foreach (var (key, _) in _buckets.Where(entry => entry.Value.IsFull(now)).ToList())
            {
                _buckets.Remove(key);
            }
        }
    }
}
