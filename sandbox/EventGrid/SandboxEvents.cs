using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// Control over Event Grid, for tests and people. Clients create subscriptions over ARM; ARM requests raise Microsoft.Resources events.
/// </summary>
public sealed class SandboxEvents : IAsyncDisposable
{
    private readonly SandboxWorld _world;
    private readonly ArmOperations _operations;
    private readonly DeliveryQueue _queue;
    private readonly EventPublisher _publisher;
    private readonly DeliveryWorker _worker;
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false });
    private readonly DeliverySwitches _switches = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _delivering = Task.CompletedTask;

    internal SandboxEvents(SandboxWorld world, ArmOperations operations)
    {
        _world = world;
        _operations = operations;
        _queue = new DeliveryQueue(world);
        Subscriptions = new EventSubscriptionStore(world);
        _publisher = new EventPublisher(world, Subscriptions, _queue, _switches);
        var tokens = new DeliveryTokens(world.Tokens);
        _worker = new DeliveryWorker(world, Subscriptions, _queue, _switches, tokens, _http);
        Consent = new EndpointConsent(Subscriptions, operations, world, tokens, _http);
        Resources = new ResourceEvents(world, _publisher, Subscriptions);
        Rolling = new NodePoolRolling(world, _publisher);
        operations.Ending = Resources.Ended + (Action<SandboxOperation>)Rolling.Ended;
        operations.HasEnded = Resources.Forget + (Action<SandboxOperation>)Rolling.Forget;
    }

    internal EventSubscriptionStore Subscriptions { get; }

    internal EndpointConsent Consent { get; }

    internal ResourceEvents Resources { get; }

    internal NodePoolRolling Rolling { get; }

    /// <summary>Events whose delivery was given up, in publication order.</summary>
    public IReadOnlyList<DeadLetter> DeadLetters => _queue.DeadLetters;

    /// <summary>The number of deliveries that are neither accepted nor given up.</summary>
    public int Waiting => _queue.Waiting.Count;

    /// <summary>When the first of them is due, in simulated time. Null when nothing waits.</summary>
    public DateTimeOffset? NextDue => _queue.Waiting.Select(delivery => (DateTimeOffset?)delivery.Due).Min();

    /// <summary>Repeats every accepted delivery, under the same event id.</summary>
    public bool Duplicate
    {
        get => _switches.DuplicatesAll;
        set => _switches.DuplicatesAll = value;
    }

    /// <summary>The number of next accepted deliveries to repeat. Switching <see cref="Duplicate"/> off sets it to zero.</summary>
    public int Duplicates => _switches.Duplicates;

    /// <summary>
    /// Delivers events that are due together in reverse order. An event waits up to 30 simulated seconds for others to swap with.
    /// </summary>
    public bool Reorder
    {
        get => _switches.Reorders;
        set => _switches.Reorders = value;
    }

    /// <summary>Whether deliveries are held.</summary>
    public bool IsHeld => _switches.IsHeld;

    /// <summary>Repeats the next accepted deliveries, under the same event id.</summary>
    public void DuplicateNext(int count = 1) => _switches.Duplicate(count);

    /// <summary>Stops deliveries until <see cref="Release"/>. Requests in flight complete.</summary>
    public void Hold() => _switches.IsHeld = true;

    public void Release()
    {
        _switches.IsHeld = false;
        _queue.Wake();
    }

    /// <summary>Raises an event of AKS about a cluster.</summary>
    /// <param name="clusterId">The ARM id, in any letter case.</param>
    /// <returns>The event's id.</returns>
    /// <exception cref="ArgumentException">The cluster does not exist.</exception>
    public string Publish(string clusterId, ContainerServiceEvent raised)
    {
        var cluster = FindCluster(clusterId) ?? throw new ArgumentException($"There is no cluster '{clusterId}'.", nameof(clusterId));
        var id = _world.Ids.NewGuid($"event/{cluster.Text("id")}").ToString();
        _publisher.Publish(raised.About(cluster, id, _world.Clock.GetUtcNow()));
        return id;
    }

    internal JsonObject? FindCluster(string id) =>
        TopicTypes.Of(id)?.Provider == ResourceTypes.ContainerService ? new ResourceStore(_world).Get(id) : null;

    /// <summary>Resumes the validations of an earlier process.</summary>
    internal void Start()
    {
        foreach (var operation in _operations.Running.Where(operation => operation.Kind == EventSubscriptionApi.WriteKind))
        {
            Consent.Begin(operation);
        }

        _delivering = _worker.RunAsync(_stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _delivering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Consent.DisposeAsync();
        _queue.Dispose();
        _http.Dispose();
        _stopping.Dispose();
    }
}
