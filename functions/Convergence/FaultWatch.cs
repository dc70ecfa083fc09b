using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// Tells for how long a convergence has not been able to observe, pure. A fault that passes within a minute changes no condition. A
/// fault that lasts makes every dependent condition unknown.
/// </summary>
/// <param name="now">When the first observation begins.</param>
internal sealed class FaultWatch(DateTime now)
{
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private DateTime _observed = now;
    private (string Condition, string Reason)? _recorded;

    /// <param name="seen">Null when nothing was in the way.</param>
    /// <param name="condition">The first condition that could not be observed.</param>
    /// <returns>
    /// True when a fault has lasted for <see cref="Grace"/>, and again when another fault or condition follows without an observation.
    /// </returns>
    public bool HasLasted(Observation? seen, DateTime at, string condition)
    {
        if (seen is not { IsUnobserved: true })
        {
            (_observed, _recorded) = (at, null);
            return false;
        }

        var isNew = _recorded != (condition, seen.Reason) && at - _observed >= Grace;
        _recorded = isNew ? (condition, seen.Reason) : _recorded;
        return isNew;
    }
}
