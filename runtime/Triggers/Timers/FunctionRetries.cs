using System.Globalization;
using System.Reflection;
using MeshPort.Runtime.Invocation;
using Microsoft.Azure.Functions.Worker;

namespace MeshPort.Runtime.Triggers.Timers;

/// <summary>The tries of one run of a function, as its retry attribute says; without one there is a single try.</summary>
internal sealed class FunctionRetries(FunctionEntry entry)
{
    private const int Endless = -1;

    private readonly RetryAttribute? _attribute = entry.Method.GetCustomAttribute<RetryAttribute>();
    private RandomizedBackoff? _backoff;
    private int _count;

    /// <summary>Of the try that is about to be made.</summary>
    public RetryContext Context => _attribute is null ? Retry.None : new Retry(_count, _attribute.MaxRetryCount);

    /// <summary>After a failed try.</summary>
    /// <returns>How long to wait before the next one; null when there is none.</returns>
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
            _ => null, // no other kind is known to the official host either
        };
    }

    private static RandomizedBackoff Backoff(ExponentialBackoffRetryAttribute growing) =>
        new(Time(growing.MinimumInterval), Time(growing.MaximumInterval), Random.Shared);

    /// <summary>The attribute's constructor has checked the text.</summary>
    private static TimeSpan Time(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);
}
