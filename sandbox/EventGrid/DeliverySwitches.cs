namespace MeshPort.Sandbox.EventGrid;

/// <summary>Disturbances that a receiver of Event Grid must tolerate: duplicates, reordering, delay.</summary>
internal sealed class DeliverySwitches
{
    /// <summary>Simulated time. Events published within one window are delivered in reverse order.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);
    private int _duplicates;
    private volatile bool _isHeld;
    private volatile bool _duplicatesAll;
    private volatile bool _reorders;

    public bool IsHeld
    {
        get => _isHeld;
        set => _isHeld = value;
    }

    /// <summary>Switching it off also discards the remaining <see cref="Duplicates"/>.</summary>
    public bool DuplicatesAll
    {
        get => _duplicatesAll;
        set
        {
            _duplicatesAll = value;
            if (!value)
            {
                Volatile.Write(ref _duplicates, 0);
            }
        }
    }

    /// <summary>The number of next deliveries to send twice.</summary>
    public int Duplicates => Volatile.Read(ref _duplicates);

    public bool Reorders
    {
        get => _reorders;
        set => _reorders = value;
    }

    public void Duplicate(int count) => Interlocked.Add(ref _duplicates, count);

    /// <summary>Whether to repeat a delivery that was accepted.</summary>
    public bool TakeDuplicate()
    {
        if (DuplicatesAll)
        {
            return true;
        }

        while (Volatile.Read(ref _duplicates) is > 0 and var left)
        {
            if (Interlocked.CompareExchange(ref _duplicates, left - 1, left) == left)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>When an event is first sent: immediately, or at the end of the window.</summary>
    public DateTimeOffset DueOf(DateTimeOffset now) =>
        Reorders ? new DateTimeOffset((now.UtcTicks / Window.Ticks + 1) * Window.Ticks, TimeSpan.Zero) : now;

    public IEnumerable<QueuedDelivery> Order(IEnumerable<QueuedDelivery> due) => Reorders ? due.Reverse() : due;
}
