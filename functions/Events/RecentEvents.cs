namespace MeshPort.Events;

/// <summary>The ids of the events that were dealt with last, since Event Grid delivers at least once. It spares work; nothing relies on it.</summary>
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

    /// <summary>Call it when the event has been dealt with: one that failed comes again.</summary>
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
