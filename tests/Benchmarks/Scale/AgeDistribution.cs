namespace MeshPort.Benchmarks.Scale;

/// <summary>
/// How old the newest look at a cluster is, over all clusters and all the time. Between two looks the age grows from zero to their
/// distance, so a long distance weighs more than a short one. A drift without an event waits for the same time.
/// </summary>
internal sealed class AgeDistribution
{
    private const int Halvings = 30;
    private readonly Dictionary<int, long> _distances = [];

    /// <param name="seconds">From one look to the next.</param>
    public void Add(int seconds) => _distances[seconds] = _distances.GetValueOrDefault(seconds) + 1;

    /// <returns>The age, in seconds, that clusters have at most for this share of the time.</returns>
    public double Percentile(double share)
    {
        var total = TimeOlderThan(0);
        var (low, high) = (0.0, (double)_distances.Keys.DefaultIfEmpty().Max());
        for (var halving = 0; halving < Halvings; halving++)
        {
            var middle = (low + high) / 2;
            (low, high) = TimeOlderThan(middle) > (1 - share) * total ? (middle, high) : (low, middle);
        }

        return high;
    }

    private double TimeOlderThan(double age) => _distances.Sum(distance => Math.Max(0, distance.Key - age) * distance.Value);
}
