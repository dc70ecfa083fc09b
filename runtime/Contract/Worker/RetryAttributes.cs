using System.Globalization;

namespace MeshPort.Runtime.Contract.Worker;

/// <summary>Runs a function again when it fails. Of the triggers here only timers allow it (functions-api A8); on others it stops the start, as it stops the official build.</summary>
[AttributeUsage(AttributeTargets.Method)]
public abstract class RetryAttribute : Attribute
{
    public RetryAttribute()
    {
        // Public, though the class is abstract: so it is in the official package.
    }

    /// <summary>How often, besides the first try; -1 is without end.</summary>
    public int MaxRetryCount { get; set; }

    private protected static TimeSpan Interval(string text, string parameter) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var interval) && interval >= TimeSpan.Zero
            ? interval
            : throw new ArgumentOutOfRangeException(parameter, text, "It must be a time as hh:mm:ss that is not negative.");
}

/// <summary>The same wait before each try.</summary>
public sealed class FixedDelayRetryAttribute : RetryAttribute
{
    /// <exception cref="ArgumentOutOfRangeException">The interval is no time, or negative.</exception>
    public FixedDelayRetryAttribute(int maxRetryCount, string delayInterval)
    {
        Delay = Interval(delayInterval, nameof(delayInterval));
        MaxRetryCount = maxRetryCount;
        DelayInterval = delayInterval;
    }

    public string DelayInterval { get; }

    internal TimeSpan Delay { get; }
}

/// <summary>Waits that grow from the minimum to the maximum.</summary>
public sealed class ExponentialBackoffRetryAttribute : RetryAttribute
{
    /// <exception cref="ArgumentOutOfRangeException">An interval is no time, or negative.</exception>
    /// <exception cref="ArgumentException">The minimum is greater than the maximum.</exception>
    public ExponentialBackoffRetryAttribute(int maxRetryCount, string minimumInterval, string maximumInterval)
    {
        Minimum = Interval(minimumInterval, nameof(minimumInterval));
        Maximum = Interval(maximumInterval, nameof(maximumInterval));
        if (Minimum > Maximum)
        {
            throw new ArgumentException("The minimum must not be greater than the maximum.", nameof(minimumInterval));
        }

        MaxRetryCount = maxRetryCount;
        MinimumInterval = minimumInterval;
        MaximumInterval = maximumInterval;
    }

    public string MinimumInterval { get; }

    public string MaximumInterval { get; }

    internal TimeSpan Minimum { get; }

    internal TimeSpan Maximum { get; }
}
