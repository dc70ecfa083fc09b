namespace MeshPort.Sandbox.DataPlane;

/// <summary>Ends idle connections. Its one timer is rescheduled only when it fires, so traffic only writes a timestamp.</summary>
internal sealed class IdleWatch : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly IdleRule _rule;
    private readonly CancellationTokenSource _end;
    private readonly ITimer _timer;
    private long _last;

    public IdleWatch(TimeProvider clock, IdleRule rule, CancellationToken stop)
    {
        _clock = clock;
        _rule = rule;
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _last = clock.GetTimestamp();
        _timer = clock.CreateTimer(_ => CheckIdle(), null, rule.After, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled after the idle timeout and at shutdown.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>Set once the connection ended because of its idle timeout.</summary>
    public IdleEnd? Ended { get; private set; }

    public void Touch() => Volatile.Write(ref _last, _clock.GetTimestamp());

    public void Dispose()
    {
        lock (_timer)
        {
            _timer.Dispose();
            _end.Dispose();
        }
    }

    private void CheckIdle()
    {
        var left = _rule.After - _clock.GetElapsedTime(Volatile.Read(ref _last));
        lock (_timer)
        {
            if (_end.IsCancellationRequested)
            {
                return;
            }

            try
            {
                if (left > TimeSpan.Zero)
                {
                    _timer.Change(left, Timeout.InfiniteTimeSpan);
                    return;
                }

                Ended = _rule.End;
                _end.Cancel();
            }
            catch (ObjectDisposedException)
            {
                return; // fired during disposal
            }
        }
    }
}
