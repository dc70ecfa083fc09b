using System.Threading.Channels;
using MeshPort.Sandbox.Kubernetes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Controllers;

/// <summary>Runs a cluster's controllers after every change and at the first of their due times.</summary>
internal sealed class ControllerLoop : IAsyncDisposable
{
    private const int MostRounds = 50;
    private static readonly TimeSpan RetryWhileChanging = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryAfterException = TimeSpan.FromMinutes(1);
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

    /// <summary>
    /// The last exception of a controller, a defect of the sandbox. The controller runs again after any change and after a minute.
    /// </summary>
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

            return Earlier(due, _clock.GetUtcNow() + RetryWhileChanging); // still changing
        }
    }

    public async ValueTask DisposeAsync()
    {
        _store.Changed -= Wake;
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    /// <returns>
    /// The first due time, and whether a client changed an object between a controller's read and its write. Then another round is needed.
    /// </returns>
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
            catch (KubeError meanwhile) when (meanwhile.Code is 404 or 409)
            {
                disturbed = true;
            }
            catch (KubeError) // refused by a policy of the cluster
            {
                due = Earlier(due, now + RetryAfterException);
            }
            catch (Exception unexpected) // the outer edge of the controllers: an exception over one object must not stop the others
            {
                LastFault = unexpected;
                due = Earlier(due, now + RetryAfterException);
            }
        }

        return (due, disturbed);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;

    /// <summary>Infinite without a due time: then only a change wakes the loop, so that an idle cluster costs nothing.</summary>
    private TimeSpan Wait(DateTimeOffset? due) =>
        due - _clock.GetUtcNow() is not { } left ? Timeout.InfiniteTimeSpan
        : left > TimeSpan.Zero ? left
        : TimeSpan.FromTicks(1);

    private void Wake(ObjectEvent change) => _wake.Writer.TryWrite(true);

    private async Task LoopAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var due = RunOnce();
            using var timer = new CancellationTokenSource(Wait(due), _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
            try
            {
                await _wake.Reader.ReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                continue; // already due
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
