namespace MeshPort.Sandbox.DataPlane;

/// <summary>Counts connections to destinations with a limit.</summary>
internal sealed class ConnectionSlots
{
    private readonly Dictionary<string, long> _open = [];

    /// <returns>Dispose it when the connection ends. Null when the limit is reached.</returns>
    public IDisposable? Take(ConnectionLimit? limit)
    {
        if (limit is null)
        {
            return Slot.Unlimited;
        }

        lock (_open)
        {
            var open = _open.GetValueOrDefault(limit.Destination);
            if (open >= limit.Most)
            {
                return null;
            }

            _open[limit.Destination] = open + 1;
            return new Slot(() => Release(limit.Destination));
        }
    }

    private void Release(string destination)
    {
        lock (_open)
        {
            if (--_open[destination] == 0)
            {
                _open.Remove(destination);
            }
        }
    }

    private sealed class Slot(Action release) : IDisposable
    {
        public static readonly Slot Unlimited = new(() => { });

        public void Dispose() => release();
    }
}
