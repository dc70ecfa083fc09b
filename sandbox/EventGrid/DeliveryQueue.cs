using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>Events on their way and events that were given up. Both are in the world's store, so that a restart delivers at least once what it interrupted.</summary>
internal sealed class DeliveryQueue : IDisposable
{
    private const string Table = "event-deliveries";
    private const string DeadTable = "event-dead-letters";
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1); // real; a slow clock's hours are longer than a semaphore waits
    private readonly SandboxWorld _world;
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Lock _adding = new();
    private long _last;

    public DeliveryQueue(SandboxWorld world)
    {
        _world = world;
        world.Clock.Changed += Wake; // what is due by the new time does not wait for the old
    }

    /// <summary>Of an event, the deliveries to all its subscriptions or none.</summary>
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
        [.. _world.Store.List(DeadTable).Select(entry => entry.Document.Deserialize<DeadLetter>()!)]; // written by Bury

    /// <summary>One event, as each of its subscriptions gets it.</summary>
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

    /// <summary>Gives a delivery up.</summary>
    public void Bury(QueuedDelivery delivery, EventSubscription subscription, string reason)
    {
        _world.Store.Put(
            DeadTable,
            delivery.Key,
            (JsonObject)JsonSerializer.SerializeToNode(DeadLetter.Of(delivery, subscription, reason))!
        ); // a record is an object
        Remove(delivery);
    }

    public void Wake() => _changed.Release();

    /// <summary>Until something changes, or the simulated time <paramref name="next"/>.</summary>
    public async Task WaitAsync(DateTimeOffset? next, CancellationToken cancellationToken)
    {
        var wait = next is { } due ? _world.Clock.ToReal(due - _world.Clock.GetUtcNow()) : Timeout.InfiniteTimeSpan;
        if (wait == Timeout.InfiniteTimeSpan || wait > TimeSpan.Zero)
        {
            await _changed.WaitAsync(wait < LongestWait ? wait : LongestWait, cancellationToken);
        }

        while (_changed.Wait(TimeSpan.Zero, cancellationToken))
        {
            // several changes are one reason to look
        }
    }

    public void Dispose()
    {
        _world.Clock.Changed -= Wake;
        _changed.Dispose();
    }

    /// <summary>Ticks, made strictly greater each time: simulated time stands still between two readings of a coarse clock.</summary>
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
