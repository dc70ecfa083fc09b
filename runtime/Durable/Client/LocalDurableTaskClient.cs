using System.Text.Json;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Store;
using MeshPort.Runtime.Tracing;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Durable.Client;

/// <summary>The client of the engine's store. Everything it reports is on disk. Errors follow <see cref="ClientErrors"/>.</summary>
internal sealed class LocalDurableTaskClient(DurableEngine engine, DataConverter converter, TimeProvider time) : DurableTaskClient("local")
{
    public override async Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName,
        object? input = null,
        StartOrchestrationOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        cancellation.ThrowIfCancellationRequested();
        ArgumentException.ThrowIfNullOrEmpty(orchestratorName.Name, nameof(orchestratorName));
        var now = time.GetUtcNow();
        var id = options?.InstanceId ?? InstanceRow.NewId(now);
        if (id.StartsWith('@'))
        {
            throw new ArgumentException("An instance id must not start with '@'. Entity ids use that prefix.", nameof(options));
        }

        var refused = RefusedStatuses(options?.DedupeStatuses);
        var startAt = options?.StartAt is { } at && at > now ? at : now;
        var tags = options?.Tags is { Count: > 0 } given ? JsonSerializer.Serialize(given) : null;
        const OrchestrationRuntimeStatus Status = OrchestrationRuntimeStatus.Pending;
        var serialized = converter.Write(input);
        var row = new InstanceRow(id, InstanceRow.NewId(now), orchestratorName.Name, Status, now, now, serialized, null, null, tags, null)
        {
            Version = options?.Version?.Version,
            Trace = RuntimeSpans.Current,
        };
        await engine.Store.WriteAsync(database =>
        {
            if (InstanceRow.Find(database, id) is { } existing && refused.Contains(existing.Status))
            {
                throw ClientErrors.AlreadyExists(id);
            }

            InstanceWrites.Create(database, row, startAt);
            return true;
        });
        engine.Signals.Changed(id);
        engine.Wake(id, startAt);
        return id;
    }

    public override Task RaiseEventAsync(
        string instanceId,
        string eventName,
        object? eventPayload = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        return SendAsync(instanceId, new EventRaised(eventName, converter.Write(eventPayload), RuntimeSpans.Current), Check, cancellation);

        static void Check(Database database, InstanceRow row)
        {
            if (row.IsFinished)
            {
                throw ClientErrors.NotRunning();
            }
        }
    }

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default
    ) =>
        WaitAsync(
            instanceId,
            engine.Signals.NextChange,
            row => row.Status != OrchestrationRuntimeStatus.Pending,
            getInputsAndOutputs,
            cancellation
        );

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default
    ) => WaitAsync(instanceId, engine.Signals.NextEnd, row => row.IsFinished, getInputsAndOutputs, cancellation);

    public override Task TerminateInstanceAsync(
        string instanceId,
        TerminateInstanceOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        var request = new TerminateRequested(converter.Write(options?.Output), options?.Recursive ?? false);
        return SendAsync(instanceId, request, Check, cancellation);

        void Check(Database database, InstanceRow row)
        {
            if (row.IsFinished)
            {
                throw ClientErrors.CannotTerminate(instanceId, row.Status);
            }
        }
    }

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default)
    {
        return SendAsync(instanceId, new Suspended(reason), Check, cancellation);

        void Check(Database database, InstanceRow row)
        {
            if (row.IsFinished || row.Status == OrchestrationRuntimeStatus.Suspended)
            {
                throw ClientErrors.Cannot("suspend", instanceId, row.Status);
            }
        }
    }

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default)
    {
        return SendAsync(instanceId, new Resumed(reason), Check, cancellation);

        void Check(Database database, InstanceRow row)
        {
            // A pending suspension counts: its sender already got a success response.
            if (
                row.Status != OrchestrationRuntimeStatus.Suspended
                && (
                    row.IsFinished
                    || !database
                        .Query("SELECT event FROM messages WHERE instance_id = $1", message => message.GetString(0), instanceId)
                        .Exists(json => HistoryEvent.FromJson(json) is Suspended)
                )
            )
            {
                throw ClientErrors.Cannot("resume", instanceId, row.Status);
            }
        }
    }

    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId,
        bool getInputsAndOutputs = false,
        CancellationToken cancellation = default
    )
    {
        cancellation.ThrowIfCancellationRequested();
        var row = engine.Store.Read(database => InstanceRow.Find(database, instanceId));
        return Task.FromResult(row is null ? null : InstanceQueries.ToMetadata(row, converter, getInputsAndOutputs));
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) =>
        new InstancePages(engine.Store, filter ?? new OrchestrationQuery(), converter);

    public override async Task<PurgeResult> PurgeInstanceAsync(
        string instanceId,
        PurgeInstanceOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        cancellation.ThrowIfCancellationRequested();
        var count = await engine.Store.WriteAsync(database =>
            InstanceRow.Find(database, instanceId) switch
            {
                null => 0,
                { IsFinished: false } running => throw ClientErrors.CannotPurge(running.Status),
                _ => Purge(database, instanceId, options?.Recursive ?? false),
            }
        );
        return new PurgeResult(count, true);
    }

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter,
        PurgeInstanceOptions? options = null,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(filter);
        cancellation.ThrowIfCancellationRequested();
        var count = await engine.Store.WriteAsync(database =>
            InstanceQueries
                .List(database, filter.CreatedFrom, filter.CreatedTo, filter.Statuses, null, null, int.MaxValue)
                .Where(row => row.IsFinished)
                .Sum(row => Purge(database, row.Id, options?.Recursive ?? false))
        );
        return new PurgeResult(count, true);
    }

    public override async Task<string> RestartAsync(
        string instanceId,
        bool restartWithNewInstanceId = false,
        CancellationToken cancellation = default
    )
    {
        cancellation.ThrowIfCancellationRequested();
        var now = time.GetUtcNow();
        var id = restartWithNewInstanceId ? InstanceRow.NewId(now) : instanceId;
        var trace = RuntimeSpans.Current;
        await engine.Store.WriteAsync(database =>
        {
            var row = InstanceRow.Find(database, instanceId) ?? throw ClientErrors.NotFoundForRestart(instanceId);
            if (!row.IsFinished && !restartWithNewInstanceId)
            {
                throw ClientErrors.CannotRestart(instanceId, row.Status);
            }

            var again = new InstanceRow(
                id,
                InstanceRow.NewId(now),
                row.Name,
                OrchestrationRuntimeStatus.Pending,
                now,
                now,
                row.Input,
                null,
                null,
                row.Tags,
                null
            )
            {
                Version = VersionOf(database, instanceId),
                Trace = trace,
            };
            InstanceWrites.Create(database, again, now);
            return true;
        });
        engine.Signals.Changed(id);
        engine.Wake(id, now);
        return id;
    }

    public override async Task RewindInstanceAsync(string instanceId, string reason, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var now = time.GetUtcNow();
        await engine.Store.WriteAsync(database =>
        {
            Rewind.Request(database, instanceId, reason, now);
            return true;
        });
        engine.Signals.Changed(instanceId);
        engine.Wake(instanceId, now);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask; // the engine belongs to the host

    private static int Purge(Database database, string instanceId, bool recursive)
    {
        var children = recursive
            ? database.Query("SELECT id FROM instances WHERE parent_id = $1", row => row.GetString(0), instanceId)
            : [];
        var count = children
            .Where(child => InstanceRow.Find(database, child) is { IsFinished: true })
            .Sum(child => Purge(database, child, recursive));
        if (InstanceRow.Find(database, instanceId) is null)
        {
            return count;
        }

        InstanceWrites.Delete(database, instanceId);
        return count + 1;
    }

    private static string? VersionOf(Database database, string instanceId) =>
        HistoryRows.Read(database, instanceId).OfType<ExecutionStarted>().FirstOrDefault()?.Version;

    private static HashSet<OrchestrationRuntimeStatus> RefusedStatuses(IReadOnlyList<string>? names)
    {
        // By default the host never replaces a running instance, regardless of the caller's options
        // (overridableExistingInstanceStates: NonRunningStates, functions-api A1).
        var refused = new HashSet<OrchestrationRuntimeStatus>
        {
            OrchestrationRuntimeStatus.Running,
            OrchestrationRuntimeStatus.Pending,
            OrchestrationRuntimeStatus.Suspended,
        };
        foreach (var name in names ?? [])
        {
            refused.Add(
                Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out var status)
                    ? status
                    : throw ClientErrors.InvalidDedupeStatus(name)
            );
        }

        return refused;
    }

    private async Task SendAsync(
        string instanceId,
        HistoryEvent message,
        Action<Database, InstanceRow> check,
        CancellationToken cancellation
    )
    {
        cancellation.ThrowIfCancellationRequested();
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var now = time.GetUtcNow();
        await engine.Store.WriteAsync(database =>
        {
            check(database, InstanceRow.Find(database, instanceId) ?? throw ClientErrors.NotFound(instanceId));
            InstanceWrites.Send(database, instanceId, null, message, now);
            return true;
        });
        engine.Wake(instanceId, now);
    }

    private async Task<OrchestrationMetadata> WaitAsync(
        string instanceId,
        Func<string, Task> signal,
        Func<InstanceRow, bool> reached,
        bool withData,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            var change = signal(instanceId);
            if (engine.Store.Read(database => InstanceRow.Find(database, instanceId)) is { } row && reached(row))
            {
                return InstanceQueries.ToMetadata(row, converter, withData);
            }

            await change.WaitAsync(cancellation);
        }
    }
}
