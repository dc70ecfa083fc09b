namespace MeshPort.Runtime.Tests.Crash;

/// <summary>Orchestrators that together use every feature of the engine.</summary>
internal sealed class ScenarioFunctions(Journal effects)
{
    [Function(nameof(Tour))]
    public static async Task<string[]> Tour([OrchestrationTrigger] TaskOrchestrationContext context, string listener)
    {
        var seen = new List<string>();
        context.SetCustomStatus("begun");
        var guid = context.NewGuid();
        seen.Add($"same guid {await context.CallActivityAsync<Guid>(nameof(Same), guid) == guid}");
        seen.AddRange(await Task.WhenAll(Enumerable.Range(0, 4).Select(i => context.CallActivityAsync<string>(nameof(Do), $"fan {i}"))));
        seen.Add(
            await FailureOf(
                context.CallActivityAsync(
                    nameof(Fail),
                    "policy",
                    TaskOptions.FromRetryPolicy(new RetryPolicy(3, TimeSpan.FromMilliseconds(3), 2))
                )
            )
        );
        seen.Add(
            await FailureOf(
                context.CallActivityAsync(nameof(Fail), "handler", TaskOptions.FromRetryHandler(retry => retry.LastAttemptNumber < 2))
            )
        );
        await context.CreateTimer(TimeSpan.FromMilliseconds(5), CancellationToken.None);
        seen.Add(await context.CallSubOrchestratorAsync<string>(nameof(Kid), "named", new TaskOptions().WithInstanceId("kid")));
        seen.Add(await context.CallSubOrchestratorAsync<string>(nameof(Kid), "unnamed"));
        seen.Add(
            await FailureOf(
                context.CallSubOrchestratorAsync(nameof(FailingParent), "boundary", new TaskOptions().WithInstanceId("failing-parent"))
            )
        );
        context.SendEvent(listener, "PING", context.InstanceId);
        try
        {
            seen.Add(await context.WaitForExternalEvent<string>("never", TimeSpan.FromMilliseconds(5)));
        }
        catch (TaskCanceledException)
        {
            seen.Add("in vain");
        }

        seen.Add(await context.WaitForExternalEvent<string>("EARLY"));
        context.SetCustomStatus("waiting");
        using var cancel = new CancellationTokenSource();
        var late = context.WaitForExternalEvent<string>("late");
        if (await Task.WhenAny(late, context.CreateTimer(TimeSpan.FromHours(1), cancel.Token)) == late)
        {
#pragma warning disable CA1849 // the asynchronous method would leave the orchestrator's context
            cancel.Cancel();
#pragma warning restore CA1849
        }

        seen.Add(await late);
        context.SetCustomStatus(new { seen.Count });
        return [.. seen];
    }

    [Function(nameof(Kid))]
    public static Task<string> Kid([OrchestrationTrigger] TaskOrchestrationContext context, string name) =>
        context.CallActivityAsync<string>(nameof(Do), $"kid {name}");

    [Function(nameof(FailingParent))]
    public static Task FailingParent([OrchestrationTrigger] TaskOrchestrationContext context, string name) =>
        context.CallSubOrchestratorAsync(nameof(Failing), name, new TaskOptions().WithInstanceId("failing-kid"));

    [Function(nameof(Failing))]
    public static Task Failing([OrchestrationTrigger] TaskOrchestrationContext context, string name) =>
        context.CallActivityAsync(nameof(Fail), name);

    /// <summary>Takes one event per execution. Events that arrived meanwhile go to the next execution.</summary>
    [Function(nameof(Loop))]
    public static async Task<string[]?> Loop([OrchestrationTrigger] TaskOrchestrationContext context, string[] before)
    {
        var word = await context.WaitForExternalEvent<string>("word");
        await context.CallActivityAsync<string>(nameof(Do), $"loop {word}");
        string[] all = [.. before, word];
        if (word == "stop")
        {
            return all;
        }

        context.ContinueAsNew(all);
        return null;
    }

    [Function(nameof(Collect))]
    public static async Task<string[]> Collect([OrchestrationTrigger] TaskOrchestrationContext context, int count)
    {
        var words = new string[count];
        for (var i = 0; i < count; i++)
        {
            words[i] = await context.WaitForExternalEvent<string>("word");
        }

        return words;
    }

    [Function(nameof(Listen))]
    public static Task<string> Listen([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.WaitForExternalEvent<string>("ping");

    /// <summary>Three generations. The last one waits for an event that never comes.</summary>
    [Function(nameof(Doomed))]
    public static async Task Doomed([OrchestrationTrigger] TaskOrchestrationContext context, int below)
    {
        if (below > 0)
        {
            await context.CallSubOrchestratorAsync(nameof(Doomed), below - 1, new TaskOptions().WithInstanceId($"doomed-{below - 1}"));
        }

        context.SetCustomStatus("waiting");
        await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
    }

    [Function(nameof(WithKid))]
    public static Task<string> WithKid([OrchestrationTrigger] TaskOrchestrationContext context, string name) =>
        context.CallSubOrchestratorAsync<string>(nameof(Kid), name, new TaskOptions().WithInstanceId($"{context.InstanceId}-kid"));

    [Function(nameof(Same))]
    public static Guid Same([ActivityTrigger] Guid guid) => guid;

    [Function(nameof(Do))]
    public string Do([ActivityTrigger] string what)
    {
        effects.Add(what);
        return $"did {what}";
    }

    [Function(nameof(Fail))]
    public void Fail([ActivityTrigger] string what)
    {
        effects.Add($"failed {what}");
        throw new InvalidOperationException(what, new TimeoutException("too slow"));
    }

    private static async Task<string> FailureOf(Task task)
    {
        try
        {
            await task;
            return "no failure";
        }
        catch (TaskFailedException exception)
        {
            var types = new List<string>();
            for (var failure = exception.FailureDetails; failure is not null; failure = failure.InnerFailure)
            {
                types.Add(failure.ErrorType);
            }

            return $"{exception.TaskName}: {string.Join(" < ", types)}";
        }
    }
}
