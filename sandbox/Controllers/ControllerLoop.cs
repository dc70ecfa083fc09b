using System.Threading.Channels;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>Runs a cluster's controllers: after every change, and when the first of their due times comes.</summary>
internal sealed class ControllerLoop : IAsyncDisposable
{
    private const int MostRounds = 50;
    private static readonly TimeSpan Breath = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Rest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private readonly ObjectStore _store;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyList<IController> _controllers;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _running = new();
    private Task _loop = Task.CompletedTask;

    public ControllerLoop(ObjectStore store, TimeProvider clock, IReadOnlyList<IController> controllers)
    {
        _store = store;
        _clock = clock;
        _controllers = controllers;
        store.Changed += Wake;
    }

    /// <summary>What a controller stumbled over last: a fault of the sandbox. It is asked again after any change, and in a minute.</summary>
    public Exception? LastFault { get; private set; }

    public void Start() => _loop = Task.Run(() => LoopAsync(_stop.Token));

    /// <summary>Runs all controllers until they change nothing more.</summary>
    /// <returns>The first due time, if any.</returns>
    public DateTimeOffset? RunOnce()
    {
        lock (_running)
        {
            DateTimeOffset? due = null;
            for (var round = 0; round < MostRounds; round++)
            {
                var before = _store.Revision;
                var now = _clock.GetUtcNow();
                (due, var disturbed) = Round(now);
                if (_store.Revision == before && !disturbed)
                {
                    return due;
                }
            }

            return Earlier(due, _clock.GetUtcNow() + Breath); // not quiet yet
        }
    }

    public async ValueTask DisposeAsync()
    {
        _store.Changed -= Wake;
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    /// <returns>The first due time, and whether a client changed something between a controller's look and its write: then it has to look again.</returns>
    private (DateTimeOffset? Due, bool Disturbed) Round(DateTimeOffset now)
    {
        DateTimeOffset? due = null;
        var disturbed = false;
        foreach (var controller in _controllers)
        {
            try
            {
                due = Earlier(due, controller.Reconcile(now));
            }
            catch (KubeError)
            {
                disturbed = true;
            }
            catch (Exception unexpected) // the outer edge of the controllers: one that stumbles over an object must not stop the others, nor itself for ever
            {
                LastFault = unexpected;
                due = Earlier(due, now + Rest);
            }
        }

        return (due, disturbed);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;

    private void Wake(ObjectEvent change) => _wake.Writer.TryWrite(true);

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var due = RunOnce();
            var wait = due - _clock.GetUtcNow() ?? LongestWait;
            using var timer = new CancellationTokenSource(wait > TimeSpan.Zero ? wait : TimeSpan.FromTicks(1), _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
            try
            {
                await _wake.Reader.ReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                continue; // due
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
