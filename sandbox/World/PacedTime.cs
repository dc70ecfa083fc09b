namespace MeshPort.Sandbox.World;

/// <summary>
/// Real time that waits for work. Simulated minutes are real seconds, so on a busy machine a simulated deadline could pass before the
/// work that fits into it on an idle machine. This time therefore passes only as fast as the process gets the processor:
/// <list type="bullet">
/// <item>
/// It loses the time for which threads waited for a processor (<see cref="ProcessorWaits"/>). This is exact where one thread runs
/// after another. Where many wait at once, it loses less: half of the time if they wait as long as they run.
/// </item>
/// <item>While work queues in the thread pool, the regular look at the time is late as well, and time stands still until that look.</item>
/// </list>
/// It never runs backwards, and it never stops for good, since it measures the processor and not the work.
/// </summary>
internal sealed class PacedTime : TimeProvider, IDisposable
{
    private const int LooksInMeasurement = 4;
    private const double Slowest = 0.02;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan MostBetweenLooks = 2 * Interval;
    private readonly TimeProvider _real;
    private readonly Func<(TimeSpan Run, TimeSpan Waited)> _measure;
    private readonly Lock _lock = new();
    private readonly DateTimeOffset _start;
    private readonly long _started;
    private readonly ITimer _timer;
    private TimeSpan _lost;
    private long _last = long.MinValue;
    private long _looked;
    private long _measured;
    private int _looks;
    private double _speed = 1;
    private (TimeSpan Passed, TimeSpan Run, TimeSpan Waited) _recent;

    /// <param name="measure">
    /// The time for which all threads together ran, and waited for a processor, since the last call; zeros if unknown.
    /// </param>
    public PacedTime(TimeProvider real, Func<(TimeSpan Run, TimeSpan Waited)> measure)
    {
        (_real, _measure) = (real, measure);
        (_start, _started) = (real.GetUtcNow(), real.GetTimestamp());
        (_looked, _measured) = (_started, _started);
        _timer = real.CreateTimer(_ => Look(), null, Interval, Interval);
    }

    /// <summary>The time of this process.</summary>
    public static PacedTime OfProcess { get; } = new(System, new ProcessorWaits().Measure);

    public override long TimestampFrequency => _real.TimestampFrequency;

    /// <summary>From the stamp alone. A thread may lose the processor between two readings, and the system's time may step back.</summary>
    public override DateTimeOffset GetUtcNow() => _start + GetElapsedTime(_started);

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            var now = _real.GetTimestamp();
            return _last = Math.Max(_last, now - (long)(Lost(now).TotalSeconds * TimestampFrequency)); // rounding may step back
        }
    }

    public void Dispose() => _timer.Dispose();

    private TimeSpan Lost(long now)
    {
        var passed = _real.GetElapsedTime(_looked, now);
        var counted = passed < MostBetweenLooks ? passed : MostBetweenLooks;
        return _lost + passed - (counted * _speed);
    }

    private void Look()
    {
        lock (_lock)
        {
            var now = _real.GetTimestamp();
            (_lost, _looked) = (Lost(now), now);
            if (++_looks % LooksInMeasurement == 0)
            {
                var (run, waited) = _measure();
                _recent = ( // a single measurement jumps about
                    (_recent.Passed / 2) + _real.GetElapsedTime(_measured, now),
                    (_recent.Run / 2) + run,
                    (_recent.Waited / 2) + waited
                );
                (_measured, _speed) = (now, Speed(_recent.Passed, _recent.Run, _recent.Waited));
            }
        }
    }

    private static double Speed(TimeSpan passed, TimeSpan run, TimeSpan waited) =>
        waited <= TimeSpan.Zero ? 1 : Math.Max(Math.Max(1 - (waited / passed), run / (run + waited)), Slowest);
}
