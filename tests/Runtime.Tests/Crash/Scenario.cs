using System.Globalization;
using MeshPort.Runtime.Durable.Store;

namespace MeshPort.Runtime.Tests.Crash;

/// <summary>
/// Runs the scenario from the point where a killed process left it. The journal records completed steps. The current step may be committed
/// or not, so each step first checks that (ids and payloads are used once).
/// </summary>
internal sealed class Scenario(CrashEngine engine, Journal done, CancellationToken cancellationToken)
{
    private readonly DurableTaskClient _client = engine.Client;
    private readonly HashSet<string> _done = [.. done.Lines];

    public static async Task RunAsync(string directory, Action<CommitPoint>? reached, CancellationToken cancellationToken)
    {
        await using var engine = await CrashEngine.StartAsync(directory, reached);
        await new Scenario(engine, new Journal(Path.Combine(directory, "driver")), cancellationToken).RunAsync();
    }

    private async Task RunAsync()
    {
        await StartAsync("listener", nameof(ScenarioFunctions.Listen), null);
        await StartAsync("tour", nameof(ScenarioFunctions.Tour), "listener");
        await RaiseAsync("tour", "early", "early bird");
        await StartAsync("loop", nameof(ScenarioFunctions.Loop), Array.Empty<string>());
        await StartAsync("paused", nameof(ScenarioFunctions.Collect), 2);
        await StartAsync("doomed-2", nameof(ScenarioFunctions.Doomed), 2);
        await StartAsync("failed", nameof(ScenarioFunctions.Failing), "alone");
        await StartAsync("purged", nameof(ScenarioFunctions.WithKid), "purged");
        await StartAsync("again", nameof(ScenarioFunctions.Kid), "again");
        await StartAsync("reused", nameof(ScenarioFunctions.Kid), "first use");
        await StartAsync(
            "delayed",
            nameof(ScenarioFunctions.Collect),
            1,
            DateTimeOffset.UnixEpoch.AddMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 60)
        );
        await RaiseAsync("delayed", "word", "before the start");
        await StartAsync("sleeper", nameof(ScenarioFunctions.Doomed), 0);
        foreach (var word in new[] { "one", "two", "three", "stop" })
        {
            await RaiseAsync("loop", "WORD", word);
        }

        await PauseAsync();
        await StepAsync("doomed is waiting", () => engine.UntilAsync("doomed-0", HasStatus("waiting"), cancellationToken));
        await StepAsync(
            "terminate",
            () =>
                UnlessKnownAsync(
                    "doomed-2",
                    "enough",
                    () =>
                        _client.TerminateInstanceAsync(
                            "doomed-2",
                            new TerminateInstanceOptions("enough", Recursive: true),
                            cancellationToken
                        )
                )
        );
        await AgainAsync();
        await CompletionAsync("purged");
        await StepAsync("purge", () => _client.PurgeInstanceAsync("purged", new PurgeInstanceOptions(Recursive: true), cancellationToken));
        await StepAsync("tour is waiting", () => engine.UntilAsync("tour", HasStatus("waiting"), cancellationToken));
        await RaiseAsync("tour", "Late", "late comer");
        foreach (
            var id in new[]
            {
                "listener",
                "tour",
                "loop",
                "paused",
                "doomed-2",
                "doomed-1",
                "doomed-0",
                "failed",
                "delayed",
                "again",
                "reused",
            }
        )
        {
            await CompletionAsync(id, "last");
        }

        await engine.UntilAsync("sleeper", HasStatus("waiting"), cancellationToken);
        await StepAsync(
            "purge failed",
            () => _client.PurgeAllInstancesAsync(new PurgeInstancesFilter(Statuses: [OrchestrationRuntimeStatus.Failed]), cancellationToken)
        );
    }

    private async Task PauseAsync()
    {
        await StepAsync(
            "paused runs",
            () => engine.UntilAsync("paused", instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Running, cancellationToken)
        );
        await StepAsync(
            "suspend",
            () => UnlessKnownAsync("paused", "because", () => _client.SuspendInstanceAsync("paused", "because", cancellationToken))
        );
        await StepAsync(
            "suspended",
            () => engine.UntilAsync("paused", instance => instance.RuntimeStatus == OrchestrationRuntimeStatus.Suspended, cancellationToken)
        );
        await RaiseAsync("paused", "word", "first held");
        await RaiseAsync("paused", "word", "second held");
        await StepAsync(
            "resume",
            () => UnlessKnownAsync("paused", "go on", () => _client.ResumeInstanceAsync("paused", "go on", cancellationToken))
        );
    }

    /// <summary>Restarts an instance and reuses its id.</summary>
    private async Task AgainAsync()
    {
        await CompletionAsync("again");
        if (!_done.Any(step => step.StartsWith("again was ", StringComparison.Ordinal)))
        {
            await StepAsync($"again was {await CreatedAsync("again")}", () => Task.CompletedTask);
        }

        await StepAsync(
            "restart",
            async () =>
            {
                if (_done.Contains($"again was {await CreatedAsync("again")}"))
                {
                    await _client.RestartAsync("again", cancellation: cancellationToken);
                }
            }
        );
        await CompletionAsync("reused");
        await StepAsync(
            "reuse",
            () =>
                UnlessKnownAsync(
                    "reused",
                    "second use",
                    () =>
                        _client.ScheduleNewOrchestrationInstanceAsync(
                            nameof(ScenarioFunctions.Kid),
                            "second use",
                            new StartOrchestrationOptions("reused"),
                            cancellationToken
                        )
                )
        );
    }

    private async Task<string> CreatedAsync(string id) =>
        (await _client.GetInstanceAsync(id, cancellationToken))?.CreatedAt.UtcTicks.ToString(CultureInfo.InvariantCulture) ?? "gone";

    private Task StartAsync(string id, string name, object? input, DateTimeOffset? at = null) =>
        StepAsync(
            $"start {id}",
            async () =>
            {
                if (await _client.GetInstanceAsync(id, cancellationToken) is null)
                {
                    await _client.ScheduleNewOrchestrationInstanceAsync(
                        name,
                        input,
                        new StartOrchestrationOptions(id, at),
                        cancellationToken
                    );
                }
            }
        );

    private Task RaiseAsync(string id, string name, string payload) =>
        StepAsync(
            $"raise {id} {payload}",
            () => UnlessKnownAsync(id, payload, () => _client.RaiseEventAsync(id, name, payload, cancellationToken))
        );

    private Task CompletionAsync(string id, string step = "first") =>
        StepAsync($"completion {id} {step}", () => engine.UntilAsync(id, instance => instance.IsCompleted, cancellationToken));

    private async Task StepAsync(string name, Func<Task> step)
    {
        if (!_done.Contains(name))
        {
            await step();
            done.Add(name);
            _done.Add(name);
        }
    }

    private async Task UnlessKnownAsync(string id, string payload, Func<Task> act)
    {
        var known = engine.Read(database =>
            database.Scalar(
                """
                SELECT 1 FROM messages WHERE instance_id = $1 AND instr(event, $2)
                UNION ALL SELECT 1 FROM history WHERE instance_id = $1 AND instr(events, $2)
                UNION ALL SELECT 1 FROM instances WHERE id = $1 AND (instr(coalesce(input, ''), $2) OR instr(coalesce(output, ''), $2))
                """,
                id,
                payload
            )
        );
        if (known is null)
        {
            await act();
        }
    }

    private static Func<OrchestrationMetadata, bool> HasStatus(string status) =>
        instance => instance.SerializedCustomStatus == $"\"{status}\"";
}
