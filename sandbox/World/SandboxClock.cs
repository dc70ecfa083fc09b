namespace MeshPort.Sandbox.World;

/// <summary>
/// Simulated time: runs <see cref="Scale"/> times as fast as real time from a fixed epoch, so that the same epoch gives the same time
/// again after a restart. Give it to everything that waits for the sandbox; sockets and certificates keep real time.
/// </summary>
public sealed class SandboxClock : TimeProvider
{
    private readonly DateTimeOffset _epoch;

    /// <param name="scale">Simulated seconds in a real second; greater than zero.</param>
    /// <param name="epoch">The instant at which simulated and real time are equal; now when null.</param>
    public SandboxClock(double scale, DateTimeOffset? epoch = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        Scale = scale;
        _epoch = epoch ?? System.GetUtcNow();
    }

    public double Scale { get; }

    public DateTimeOffset Epoch => _epoch;

    public override DateTimeOffset GetUtcNow() => _epoch + ((System.GetUtcNow() - _epoch) * Scale);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => (long)(System.GetTimestamp() * (TimeSpan.TicksPerSecond / (double)System.TimestampFrequency) * Scale);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new ScaledTimer(this, System.CreateTimer(callback, state, ToReal(dueTime), ToReal(period)));

    /// <summary>How long a simulated duration takes in real time; infinite stays infinite.</summary>
    public TimeSpan ToReal(TimeSpan simulated) =>
        simulated == Timeout.InfiniteTimeSpan ? simulated : simulated / Scale;

    private sealed class ScaledTimer(SandboxClock clock, ITimer real) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => real.Change(clock.ToReal(dueTime), clock.ToReal(period));

        public void Dispose() => real.Dispose();

        public ValueTask DisposeAsync() => real.DisposeAsync();
    }
}
