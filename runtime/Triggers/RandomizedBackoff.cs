namespace MeshPort.Runtime.Triggers;

/// <summary>
/// The official host's randomized exponential back-off: the delay before an empty queue is polled again or a failed timer function is
/// retried. It starts at the minimum, then adds a step that doubles each time (by 80 to 120 %), and stays at the maximum. A success resets
/// it.
/// </summary>
internal sealed class RandomizedBackoff(TimeSpan minimum, TimeSpan maximum, Random random)
{
    private const double Spread = 0.2;

    private TimeSpan _current;
    private int _exponent;

    /// <param name="succeeded">True when a message was found since the last wait.</param>
    public TimeSpan Next(bool succeeded)
    {
        if (succeeded)
        {
            _exponent = 1;
            return _current = minimum;
        }

        if (_current == maximum)
        {
            return _current;
        }

        var step =
            _exponent == 0 ? TimeSpan.Zero : minimum * Math.Pow(2, _exponent - 1) * (1 - Spread + (random.NextDouble() * 2 * Spread));
        if (minimum + step >= maximum)
        {
            return _current = maximum;
        }

        _exponent++;
        return _current = minimum + step;
    }
}
