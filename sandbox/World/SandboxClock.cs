namespace MeshPort.Sandbox.World;

/// <summary>
/// Simulated time. It runs <see cref="Scale"/> times as fast as real time from a fixed epoch, so that the same epoch gives the same time
/// after a restart. It can be held and advanced; its timers follow. On a busy machine it slows down with the work
/// (<see cref="PacedTime"/>). Use it in all code that waits for the sandbox. Sockets and certificates use real time.
/// </summary>
public sealed class SandboxClock : TimeProvider
{
    private static readonly TimeSpan LongestRealWait = TimeSpan.FromDays(40); // the limit of a real timer
    private readonly Lock _lock = new();
    private readonly HashSet<SteppedTimer> _armed = [];
    private readonly DateTimeOffset _epoch;
    private readonly TimeProvider _pace;
    private readonly DateTimeOffset _start;
    private readonly long _started;
    private TimeSpan _advanced;
    private (DateTimeOffset Utc, long Stamp)? _held;

    /// <param name="scale">Simulated seconds per real second; greater than zero.</param>
    /// <param name="epoch">The instant at which simulated and real time are equal. Null: now.</param>
    /// <param name="advanced">The sum of earlier manual advances.</param>
    /// <param name="isPaced">
    /// Whether it slows down with the work of this process. Off where clients have a clock in a process that is less busy.
    /// </param>
    public SandboxClock(double scale, DateTimeOffset? epoch = null, TimeSpan advanced = default, bool isPaced = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        Scale = scale;
        _pace = isPaced ? PacedTime.OfProcess : System;
        (_start, _started) = (_pace.GetUtcNow(), _pace.GetTimestamp());
        _epoch = epoch ?? _start;
        _advanced = advanced;
    }

    /// <summary>Raised after time was advanced, held or resumed, for code that waits in real time.</summary>
    public event Action? Changed;

    public double Scale { get; }

    public DateTimeOffset Epoch => _epoch;

    /// <summary>The offset from the time that epoch and scale give; negative after a hold.</summary>
    public TimeSpan Advanced
    {
        get
        {
            lock (_lock)
            {
                return _advanced - (_held is { } held ? (Real - held.Utc) * Scale : TimeSpan.Zero);
            }
        }
    }

    public bool IsHeld
    {
        get
        {
            lock (_lock)
            {
                return _held is not null;
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _epoch + (((_held?.Utc ?? Real) - _epoch) * Scale) + _advanced;
        }
    }

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return (long)((_held?.Stamp ?? _pace.GetTimestamp()) * (TimeSpan.TicksPerSecond / (double)_pace.TimestampFrequency) * Scale)
                + _advanced.Ticks;
        }
    }

    /// <summary>Moves time forward and fires the timers that become due.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        Change(() => _advanced += by);
    }

    /// <summary>Stops time until <see cref="Resume"/>. <see cref="Advance"/> still works.</summary>
    public void Hold() => Change(() => _held ??= (Real, _pace.GetTimestamp()));

    public void Resume() =>
        Change(() =>
        {
            if (_held is { } held)
            {
                _advanced -= (Real - held.Utc) * Scale;
                _held = null;
            }
        });

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>
    /// How long to wait in real time for a simulated instant. Zero when it has passed: a difference of times can be negative, and -1 ms
    /// means "forever" to .NET. Infinite for null, and while time is held.
    /// </summary>
    public TimeSpan RealUntil(DateTimeOffset? due) =>
        due is not { } instant ? Timeout.InfiniteTimeSpan
        : instant - GetUtcNow() is var left && left <= TimeSpan.Zero ? TimeSpan.Zero
        : IsHeld ? Timeout.InfiniteTimeSpan
        : left / Scale;

    /// <summary>Real UTC, from the stamp alone: the system's time may step back.</summary>
    private DateTimeOffset Real => _start + _pace.GetElapsedTime(_started);

    private void Change(Action change)
    {
        SteppedTimer[] armed;
        lock (_lock)
        {
            change();
            armed = [.. _armed];
        }

        foreach (var timer in armed)
        {
            timer.Aim();
        }

        Changed?.Invoke();
    }

    /// <summary>A real timer that is rescheduled whenever the pace of time changes.</summary>
    private sealed class SteppedTimer : ITimer
    {
        private readonly SandboxClock _clock;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private readonly Lock _lock = new();
        private readonly ITimer _real;
        private DateTimeOffset? _due;
        private TimeSpan _period = Timeout.InfiniteTimeSpan;
        private bool _disposed;

        public SteppedTimer(SandboxClock clock, TimerCallback callback, object? state)
        {
            (_clock, _callback, _state) = (clock, callback, state);
            _real = System.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                if (_disposed)
                {
                    return false;
                }

                _due = dueTime == Timeout.InfiniteTimeSpan ? null : _clock.GetUtcNow() + dueTime;
                _period = period <= TimeSpan.Zero ? Timeout.InfiniteTimeSpan : period;
            }

            Aim();
            return true;
        }

        public void Aim()
        {
            lock (_lock)
            {
                if (_disposed)
                {
                    return;
                }

                if (_due is not { } due)
                {
                    _real.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                    Keep(armed: false);
                    return;
                }

                Keep(armed: true);
                // Rounded up to a millisecond, the resolution of real timers. Rounded down, the timer would fire early several times.
                var wait = RoundUp(_clock.RealUntil(due));
                _real.Change(wait < LongestRealWait ? wait : LongestRealWait, Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _disposed = true;
                Keep(armed: false);
                _real.Dispose();
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            lock (_lock)
            {
                if (_disposed || _due is not { } due)
                {
                    return;
                }

                var early = due > _clock.GetUtcNow(); // real timers are inexact, and time may have been held
                if (!early)
                {
                    _due = _period == Timeout.InfiniteTimeSpan ? null : due + _period;
                }

                Aim();
                if (early)
                {
                    return;
                }
            }

            _callback(_state);
        }

        private static TimeSpan RoundUp(TimeSpan wait) =>
            wait == Timeout.InfiniteTimeSpan ? wait : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));

        private void Keep(bool armed)
        {
            lock (_clock._lock)
            {
                _ = armed ? _clock._armed.Add(this) : _clock._armed.Remove(this);
            }
        }
    }
}
