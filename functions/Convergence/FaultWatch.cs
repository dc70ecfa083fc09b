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
    private bool _isRecorded;

    /// <param name="seen">Null when nothing was in the way.</param>
    /// <returns>True once for each fault: it has lasted for <see cref="Grace"/>.</returns>
    public bool HasLasted(Observation? seen, DateTime at)
    {
        if (seen is not { IsUnobserved: true })
        {
            (_observed, _isRecorded) = (at, false);
            return false;
        }

        var isNew = !_isRecorded && at - _observed >= Grace;
        _isRecorded |= isNew;
        return isNew;
    }
}
