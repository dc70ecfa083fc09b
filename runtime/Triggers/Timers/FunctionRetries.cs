using System.Globalization;
using System.Reflection;
using MeshPort.Runtime.Invocation;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.Runtime.Triggers.Timers;

/// <summary>The attempts of one run of a function, by its retry attribute. Without one, a single attempt.</summary>
internal sealed class FunctionRetries(FunctionEntry entry)
{
    private const int Endless = -1;

    private readonly RetryAttribute? _attribute = entry.Method.GetCustomAttribute<RetryAttribute>();
    private RandomizedBackoff? _backoff;
    private int _count;

    /// <summary>The retry state of the next attempt.</summary>
    public RetryContext Context => _attribute is null ? Retry.None : new Retry(_count, _attribute.MaxRetryCount);

    /// <summary>Counts a failed attempt.</summary>
    /// <returns>The delay before the next attempt. Null when no attempt is left.</returns>
    public TimeSpan? Next()
    {
        if (_attribute is null || (_attribute.MaxRetryCount != Endless && _count >= _attribute.MaxRetryCount))
        {
            return null;
        }

        _count++;
        return _attribute switch
        {
            FixedDelayRetryAttribute fixedDelay => Time(fixedDelay.DelayInterval),
            ExponentialBackoffRetryAttribute growing => (_backoff ??= Backoff(growing)).Next(succeeded: false),
            _ => null, // the official host knows no other retry attributes
        };
    }

    private static RandomizedBackoff Backoff(ExponentialBackoffRetryAttribute growing) =>
        new(Time(growing.MinimumInterval), Time(growing.MaximumInterval), Random.Shared);

    /// <summary>Parses a time that the attribute's constructor has validated.</summary>
    private static TimeSpan Time(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);
}
