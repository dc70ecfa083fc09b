using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// Pending deliveries and dead letters. Both are in the world's store, so a restart repeats interrupted deliveries (at least once).
/// </summary>
internal sealed class DeliveryQueue : IDisposable
{
    private const string Table = "event-deliveries";
    private const string DeadTable = "event-dead-letters";

    // Real time; with a slow clock a wait could exceed a semaphore's limit.
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    private readonly SandboxWorld _world;
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Lock _adding = new();
    private long _last;

    public DeliveryQueue(SandboxWorld world)
    {
        _world = world;
        world.Clock.Changed += Wake; // a clock change can make a delivery due at once
    }

    /// <summary>Pending deliveries. Contains all deliveries of an event or none.</summary>
    public IReadOnlyList<QueuedDelivery> Waiting
    {
        get
        {
            lock (_adding)
            {
                return [.. _world.Store.List(Table).Select(entry => QueuedDelivery.Read(entry.Document))];
            }
        }
    }

    public IReadOnlyList<DeadLetter> DeadLetters =>
        [.. _world.Store.List(DeadTable).Select(entry => entry.Document.Deserialize<DeadLetter>()!)]; // written by GiveUp

    /// <summary>Adds one event, in the schema of each subscription.</summary>
    public void Add(IEnumerable<(string Subscription, JsonObject Payload)> deliveries, DateTimeOffset due)
    {
        var now = _world.Clock.GetUtcNow();
        lock (_adding)
        {
            foreach (var (subscription, payload) in deliveries)
            {
                Put(new QueuedDelivery(NextKey(now).ToString("D20", CultureInfo.InvariantCulture), subscription, payload, now, due));
            }
        }
    }

    public void Put(QueuedDelivery delivery)
    {
        _world.Store.Put(Table, delivery.Key, delivery.Write());
        Wake();
    }

    public void Remove(QueuedDelivery delivery) => _world.Store.Delete(Table, delivery.Key);

    /// <summary>Gives up a delivery.</summary>
    public void GiveUp(QueuedDelivery delivery, EventSubscription subscription, string reason)
    {
        _world.Store.Put(
            DeadTable,
            delivery.Key,
            (JsonObject)JsonSerializer.SerializeToNode(DeadLetter.Of(delivery, subscription, reason))!
        ); // a record is an object
        Remove(delivery);
    }

    public void Wake() => _changed.Release();

    /// <summary>Waits until something changes, or until the simulated time <paramref name="next"/>.</summary>
    public async Task WaitAsync(DateTimeOffset? next, CancellationToken cancellationToken)
    {
        var wait = _world.Clock.RealUntil(next);
        await _changed.WaitAsync(wait < LongestWait ? wait : LongestWait, cancellationToken);

        while (_changed.Wait(TimeSpan.Zero, cancellationToken))
        {
            // one pending signal is enough for several changes
        }
    }

    public void Dispose()
    {
        _world.Clock.Changed -= Wake;
        _changed.Dispose();
    }

    /// <summary>Strictly increasing ticks. Simulated time can be equal in two readings of a coarse clock.</summary>
    private long NextKey(DateTimeOffset now)
    {
        while (true)
        {
            var last = Interlocked.Read(ref _last);
            var next = Math.Max(last + 1, now.UtcTicks);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
            {
                return next;
            }
        }
    }
}
