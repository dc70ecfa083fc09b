using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager;

/// <summary>
/// Long-running operations as documents. An operation is in the running table from its acceptance until its end took effect and was
/// recorded. If the process is killed in between, the end runs again, so ends must be idempotent.
/// </summary>
internal sealed class ArmOperations(SandboxWorld world) : IDisposable
{
    private const string RunningTable = "operations-running";
    private const string EndedTable = "operations-ended";
    private const string InProgress = "InProgress";
    private readonly Dictionary<string, Func<SandboxOperation, CancellationToken, Task>> _ends = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Action<SandboxOperation, string>> _marks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _leftToStarter = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _started = new(0);
    private volatile RunningList? _running;

    /// <summary>Called at every end, before the operation leaves the running ones and after it.</summary>
    public Action<SandboxOperation> Ending { get; set; } = _ => { };

    public Action<SandboxOperation> HasEnded { get; set; } = _ => { };

    /// <summary>Held by all code that reads and then writes resources.</summary>
    public Lock Gate { get; } = new();

    public SandboxIds Ids => world.Ids;

    public DateTimeOffset Now => world.Clock.GetUtcNow();

    public IReadOnlyList<SandboxOperation> Running
    {
        get
        {
            var revision = world.Store.Revision(RunningTable);
            if (_running is not { } known || known.Revision != revision)
            {
                known = new RunningList(revision, [.. world.Store.List(RunningTable).Select(entry => Read(entry.Document))]);
                _running = known;
            }

            return known.Operations;
        }
    }

    public IReadOnlyList<SandboxOperation> All =>
        [
            .. Running
                .Concat(world.Store.List(EndedTable).Select(entry => Read(entry.Document)))
                .DistinctBy(operation => operation.Id)
                .OrderBy(operation => operation.Started),
        ];

    /// <summary>Registers the end of a kind of operation. An <see cref="ArmException"/> makes the operation fail with that code.</summary>
    /// <param name="mark">
    /// Writes <c>Failed</c> or <c>Canceled</c> into the operation's target. By default, into the resource of that id.
    /// </param>
    public void WhenDue(string kind, Func<SandboxOperation, CancellationToken, Task> end, Action<SandboxOperation, string>? mark = null)
    {
        _ends[kind] = end;
        _marks[kind] = mark ?? Mark;
    }

    /// <summary>The starter ends operations of this kind, because their duration depends on another system.</summary>
    public void LeaveToStarter(string kind) => _leftToStarter.Add(kind);

    public SandboxOperation Start(string kind, string target, string provider, string location, DurationRange takes)
    {
        var now = world.Clock.GetUtcNow();
        var id = Ids.NewGuid($"operation/{kind}/{target}").ToString();
        var operation = new SandboxOperation(
            id,
            kind,
            target,
            provider,
            location,
            InProgress,
            now,
            world.Faults.Due(kind, target, now + takes.Of(id))
        );
        world.Store.Put(RunningTable, operation.Id, Write(operation));
        _started.Release();
        return operation;
    }

    public SandboxOperation? Find(string id) =>
        (world.Store.Get(RunningTable, id) ?? world.Store.Get(EndedTable, id)) is { } document ? Read(document) : null;

    /// <summary>The running operation on a resource or on one below it.</summary>
    public SandboxOperation? RunningOn(string target) =>
        Running.FirstOrDefault(operation =>
            operation.Target.StartsWith(target, StringComparison.OrdinalIgnoreCase)
            && (operation.Target.Length == target.Length || operation.Target[target.Length] == '/')
        );

    /// <summary>Keeps a running operation from its end, until <see cref="Abandon"/> ends it.</summary>
    public void Interrupt(SandboxOperation operation) =>
        world.Store.Put(RunningTable, operation.Id, Write(operation with { Status = "Canceling" }));

    /// <summary>Ends an operation without its effect and marks its target.</summary>
    /// <param name="status"><c>Failed</c> or <c>Canceled</c>.</param>
    public void Abandon(SandboxOperation operation, string status, string errorCode, string errorMessage)
    {
        lock (Gate)
        {
            _marks.GetValueOrDefault(operation.Kind, Mark)(operation, status);
            End(operation, status, errorCode, errorMessage);
        }
    }

    public void End(SandboxOperation operation, string status, string? errorCode = null, string? errorMessage = null)
    {
        var ended = operation with { Status = status, Ended = world.Clock.GetUtcNow(), ErrorCode = errorCode, ErrorMessage = errorMessage };
        world.Store.Put(EndedTable, operation.Id, Write(ended));
        Ending(ended);
        world.Store.Delete(RunningTable, operation.Id);
        HasEnded(ended);
    }

    /// <summary>Ends due operations, then waits until the next is due or one starts.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        world.Clock.Changed += LookAgain;
        while (!cancellationToken.IsCancellationRequested)
        {
            var due = Timed
                .Where(operation => operation.Due <= world.Clock.GetUtcNow())
                .ToLookup(operation => operation.Provider.Length == 0);
            await Task.WhenAll(due[false].Select(operation => EndAsync(operation, cancellationToken)));
            foreach (var operation in due[true]) // first Azure Resource Manager's own, which affect those of the providers
            {
                await EndAsync(operation, cancellationToken);
            }

            var wait = world.Clock.RealUntil(Timed.Min(operation => (DateTimeOffset?)operation.Due));
            await _started.WaitAsync(wait, cancellationToken);
        }
    }

    /// <summary>
    /// The query of a poll URL. Long and opaque like Azure's signatures, so that a client that truncates or rebuilds the URL fails.
    /// </summary>
    public static string Signature(string operationId)
    {
        var bytes = Enumerable.Range(0, 45).SelectMany(part => SHA256.HashData(Encoding.ASCII.GetBytes($"{operationId}/{part}"))).ToArray();
        return $"t={Math.Abs(BitConverter.ToInt64(bytes))}&c={Encode(bytes.AsSpan(64))}&s={Encode(bytes.AsSpan(0, 32))}&"
            + $"h={Encode(bytes.AsSpan(32, 32))}";
    }

    public void Dispose()
    {
        world.Clock.Changed -= LookAgain;
        _started.Dispose();
    }

    private void LookAgain() => _started.Release();

    /// <summary>The only place that decides the outcome of a due operation.</summary>
    private async Task EndAsync(SandboxOperation operation, CancellationToken cancellationToken)
    {
        try
        {
            if (world.Faults.Failure(operation.Kind, operation.Target) is { } rule)
            {
                throw new ArmException(409, rule.Code ?? "InternalOperationError", rule.Message ?? "Internal server error")
                {
                    ByProvider = true,
                };
            }

            if (_ends.TryGetValue(operation.Kind, out var end))
            {
                await end(operation, cancellationToken);
            }

            lock (Gate)
            {
                End(operation, "Succeeded");
            }
        }
        catch (ArmException refusal)
        {
            Abandon(operation, "Failed", refusal.Code, refusal.Message);
        }
        // The outer edge of the worker: one failing operation must not stop the others.
        catch (Exception unexpected) when (!cancellationToken.IsCancellationRequested)
        {
            Abandon(operation, "Failed", "InternalServerError", unexpected.Message);
        }
    }

    private void Mark(SandboxOperation operation, string state)
    {
        if (world.Store.Get(ResourceStore.Table, operation.Target) is { } document && document.Object("properties") is { } properties)
        {
            properties["provisioningState"] = state;
            world.Store.Put(ResourceStore.Table, operation.Target, document);
        }
    }

    private IEnumerable<SandboxOperation> Timed =>
        Running.Where(operation => operation.Status == InProgress && !_leftToStarter.Contains(operation.Kind));

    private static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static SandboxOperation Read(JsonObject document) => document.Deserialize<SandboxOperation>()!; // written by Write

    // A record is an object.
    private static JsonObject Write(SandboxOperation operation) => (JsonObject)JsonSerializer.SerializeToNode(operation)!;

    /// <summary>The running operations at a revision of their table. Every request and every tick of the worker asks for them.</summary>
    private sealed record RunningList(long Revision, IReadOnlyList<SandboxOperation> Operations);
}
