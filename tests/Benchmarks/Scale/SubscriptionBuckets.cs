using MeshPort.Sandbox.ResourceManager.Throttling;

namespace MeshPort.Benchmarks.Scale;

/// <summary>The buckets from which the looks at the clusters of one subscription take, and the looks that wait for them.</summary>
internal sealed class SubscriptionBuckets(DateTimeOffset now)
{
    private readonly TokenBucket _reads = new(Throttle.Reads, now);
    private readonly TokenBucket _writes = new(Throttle.Writes, now);
    private readonly TokenBucket _others = new(ClusterLimits.Others, now);

    public List<int> Waiting { get; set; } = [];

    public bool TryRead(DateTimeOffset at) => TryTake(_reads, at);

    /// <summary>A POST counts as a write at Azure Resource Manager, whether or not AKS then refuses it.</summary>
    public bool TryTakeKubeconfig(DateTimeOffset at) => TryTake(_writes, at) && TryTake(_others, at);

    private static bool TryTake(TokenBucket bucket, DateTimeOffset at)
    {
        if (bucket.Wait(at) > TimeSpan.Zero)
        {
            return false;
        }

        bucket.Take();
        return true;
    }
}
