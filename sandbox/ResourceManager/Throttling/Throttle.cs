using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.ResourceManager.Throttling;

/// <summary>
/// The two layers that count requests (reference domain.md, section 4.4): Azure Resource Manager by subscription, principal and kind of
/// operation; the AKS resource provider by the target. Retry-After is in simulated seconds.
/// </summary>
internal sealed class Throttle(TimeProvider clock)
{
    private const int GlobalFactor = 15; // a subscription's limit for all its principals
    internal static readonly BucketSize Reads = new(250, 25);
    internal static readonly BucketSize Writes = new(200, 10);
    private readonly TokenBuckets _buckets = new(clock);

    /// <summary>Counts a request and writes the remaining tokens into the answer's headers.</summary>
    /// <exception cref="ArmException">429 when one of its buckets is empty.</exception>
    public void Admit(ArmPath path, string method, string principal, IHeaderDictionary headers)
    {
        AdmitToResourceManager(path, method, principal, headers);
        if (ClusterLimits.Of(path, method) is { } limit)
        {
            _buckets.Take([limit], out var wait);
            if (wait > TimeSpan.Zero)
            {
                throw new ArmException(
                    429,
                    "Throttled",
                    $"The request is being throttled as the limit has been reached for operation type - {method}. For more information, "
                        + "see - https://aka.ms/aks/throttling"
                )
                {
                    ByProvider = true,
                    Flat = true,
                    RetryAfter = Seconds(wait),
                };
            }
        }
    }

    private void AdmitToResourceManager(ArmPath path, string method, string principal, IHeaderDictionary headers)
    {
        var (kind, word, size) = method switch
        {
            "GET" or "HEAD" => ("reads", "read", Reads),
            "DELETE" => ("deletes", "delete", Writes),
            _ => ("writes", "write", Writes),
        };
        var scope = path.Subscription is { } subscription ? $"subscription/{subscription}" : "tenant";
        var own = ($"{scope}/{kind}/{principal}", size);
        var counted = path.Subscription is null
            ? [own]
            : new[] { own, ($"{scope}/{kind}", new BucketSize(size.Burst * GlobalFactor, size.PerSecond * GlobalFactor)) };
        var left = _buckets.Take(counted, out var wait);
        headers[$"x-ms-ratelimit-remaining-{(path.Subscription is null ? "tenant" : "subscription")}-{kind}"] = left[0]
            .ToString(CultureInfo.InvariantCulture);
        if (left.Count > 1)
        {
            headers[$"x-ms-ratelimit-remaining-subscription-global-{kind}"] = left[1].ToString(CultureInfo.InvariantCulture);
        }

        if (wait > TimeSpan.Zero)
        {
            var seconds = Seconds(wait);
            throw new ArmException(
                429,
                path.Subscription is null ? "TenantRequestsThrottled" : "SubscriptionRequestsThrottled",
                $"Number of '{word}' requests for {(path.Subscription is null ? "tenant" : $"subscription '{path.Subscription}'")} "
                    + $"actor '{principal}' exceeded. Please try again after '{seconds}' seconds after additional tokens are available. "
                    + "Refer to https://aka.ms/arm-throttling for additional information."
            )
            {
                RetryAfter = seconds,
            };
        }
    }

    private static int Seconds(TimeSpan wait) => Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
}
