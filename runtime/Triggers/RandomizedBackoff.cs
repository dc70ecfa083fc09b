namespace MeshPort.Runtime.Triggers;

/// <summary>
/// How long to wait before an empty queue is polled again, or a failed timer function is retried: the minimum first, then the minimum plus a step that
/// doubles, each ±20 % at random, up to the maximum, which is then kept; a success starts it over. The official host's randomized exponential back-off.
/// </summary>
internal sealed class RandomizedBackoff(TimeSpan minimum, TimeSpan maximum, Random random)
{
    private const double Spread = 0.2;

    private TimeSpan _current;
    private int _exponent;

    /// <param name="succeeded">Since the last wait: a message was found.</param>
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
