using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// Tells for how long a convergence has not been able to observe, pure. A fault that passes soon changes no condition. A fault that lasts
/// makes every dependent condition unknown, at the latest two minutes after it began: a resync every minute notices it.
/// </summary>
/// <param name="now">When the first observation begins.</param>
internal sealed class FaultWatch(DateTime now)
{
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(45);

    private DateTime _observed = now;
    private (string Condition, string Reason)? _recorded;
    private bool _isFault;

    /// <param name="seen">Null when nothing was in the way.</param>
    /// <param name="condition">The first condition that could not be observed.</param>
    /// <param name="hides">Whether what was seen keeps later conditions from being observed, although it is no fault.</param>
    /// <returns>
    /// True when a fault has lasted for <see cref="Grace"/>, and again when another fault or condition follows without an observation.
    /// </returns>
    public bool HasLasted(Observation? seen, DateTime at, string condition, bool hides = false)
    {
        _isFault = hides || seen is { IsUnobserved: true };
        if (seen is null || !_isFault)
        {
            (_observed, _recorded) = (at, null);
            return false;
        }

        var isNew = _recorded != (condition, seen.Reason) && at - _observed >= Grace;
        _recorded = isNew ? (condition, seen.Reason) : _recorded;
        return isNew;
    }

    /// <summary>Shortens a pause between two observations, so that the later one notices in time that a fault has lasted.</summary>
    public TimeSpan Limit(TimeSpan pause, DateTime at) =>
        _isFault && _recorded is null && _observed + Grace - at is var left && left < pause ? left : pause;
}
