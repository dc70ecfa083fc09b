namespace MeshPort.Events;

/// <summary>
/// The ids of the last handled events, because Event Grid delivers at least once. Saves work; correctness does not depend on it.
/// </summary>
internal sealed class RecentEvents
{
    private const int Most = 4096;
    private readonly Lock _guard = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public bool Has(string id)
    {
        lock (_guard)
        {
            return _known.Contains(id);
        }
    }

    /// <summary>Call it after handling the event, because Event Grid delivers a failed event again.</summary>
    public void Add(string id)
    {
        lock (_guard)
        {
            if (_known.Add(id))
            {
                _order.Enqueue(id);
            }

            if (_order.Count > Most)
            {
                _known.Remove(_order.Dequeue());
            }
        }
    }
}
