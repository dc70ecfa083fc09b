using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Tests.Functions;

internal sealed class Orchestrators(Effects effects)
{
    [Function(nameof(Chain))]
    public static async Task<string> Chain([OrchestrationTrigger] TaskOrchestrationContext context, string name)
    {
        var first = await context.CallActivityAsync<string>("hello", name);
        await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
        var second = await context.CallActivityAsync<string>(nameof(Activities.Hello), $"again {context.GetInput<string>()}");
        return $"{first}, {second}";
    }

    [Function(nameof(Sleep))]
    public static async Task Sleep([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus("asleep");
        await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
    }

    [Function(nameof(FanOut))]
    public static async Task<int> FanOut([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var sums = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => context.CallActivityAsync<int>(nameof(Activities.Add), new Pair(i, i)))
        );
        return sums.Sum();
    }

    [Function(nameof(Gated))]
    public static Task<string> Gated([OrchestrationTrigger] TaskOrchestrationContext context, string name) =>
        context.CallActivityAsync<string>(nameof(Activities.Gate), name);

    /// <summary>Ends while its activity still runs.</summary>
    [Function(nameof(Leaving))]
    public static Task<string> Leaving([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        _ = context.CallActivityAsync<string>(nameof(Activities.Gate), nameof(Leaving));
        return Task.FromResult("left");
    }

    [Function(nameof(Stuck))]
    public static Task Stuck([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync(nameof(Activities.Deaf), nameof(Stuck));

    [Function(nameof(Blocked))]
    public static Task Blocked([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync(nameof(Activities.Block), nameof(Blocked));

    [Function(nameof(Failing))]
    public static Task Failing([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync(nameof(Activities.Fail), "bad");

    [Function(nameof(Catching))]
    public static async Task<string> Catching([OrchestrationTrigger] TaskOrchestrationContext context, string child)
    {
        try
        {
            await (child == "" ? context.CallActivityAsync(nameof(Activities.Fail), "bad") : context.CallSubOrchestratorAsync(child));
            return "no failure";
        }
        catch (TaskFailedException exception)
        {
            var details = exception.FailureDetails;
            return $"{exception.Message}|{details.ErrorType}|{details.InnerFailure?.ErrorType}|"
                + $"{details.InnerFailure?.InnerFailure?.ErrorType}|{details.IsCausedBy<InvalidOperationException>()}";
        }
    }

    [Function(nameof(Retrying))]
    public static Task<string> Retrying([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync<string>(
            nameof(Activities.FailTwice),
            "done",
            TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromMinutes(1), 2))
        );

    [Function(nameof(Handling))]
    public static Task Handling([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync(nameof(Activities.Fail), "bad", TaskOptions.FromRetryHandler(retry => retry.LastAttemptNumber < 3));

    [Function(nameof(Filtering))]
    public static Task Filtering([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync(
            nameof(Activities.Fail),
            "bad",
            TaskOptions.FromRetryPolicy(
                new RetryPolicy(5, TimeSpan.FromSeconds(1)) { HandleFailure = failure => failure.IsCausedBy<TimeoutException>() }
            )
        );

    /// <summary>Retries an activity or a child orchestration whose first failure has the wrong type.</summary>
    [Function(nameof(Selecting))]
    public static Task<string> Selecting([OrchestrationTrigger] TaskOrchestrationContext context, string child)
    {
        var options = TaskOptions.FromRetryPolicy(
            new RetryPolicy(5, TimeSpan.FromSeconds(1))
            {
                HandleFailure = failure =>
                    failure.IsCausedBy<TimeoutException>() || failure.InnerFailure?.IsCausedBy<TimeoutException>() == true,
            }
        );
        return child == ""
            ? context.CallActivityAsync<string>(nameof(Activities.FailTwice), "done", options)
            : context.CallSubOrchestratorAsync<string>(child, options);
    }

    [Function(nameof(FailingTwice))]
    public static Task<string> FailingTwice([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync<string>(nameof(Activities.FailTwice), "child");

    /// <summary>Counts by ones. Its log has one entry for each run of its code from the start.</summary>
    [Function(nameof(Counting))]
    public async Task<int> Counting([OrchestrationTrigger] TaskOrchestrationContext context, int count)
    {
        effects.Log.Enqueue("begin");
        var sum = 0;
        while (sum < count)
        {
            sum = await context.CallActivityAsync<int>(nameof(Activities.Add), new Pair(sum, 1));
        }

        return sum;
    }

    /// <summary>Counts, waits for an event, and counts on.</summary>
    [Function(nameof(Halting))]
    public async Task<int> Halting([OrchestrationTrigger] TaskOrchestrationContext context, int count)
    {
        var first = await Counting(context, count);
        context.SetCustomStatus(first);
        await context.WaitForExternalEvent<object?>("go");
        for (var added = 0; added < count; added++)
        {
            first = await context.CallActivityAsync<int>(nameof(Activities.Add), new Pair(first, 1));
        }

        return first;
    }

    [Function(nameof(Parent))]
    public static Task<string> Parent([OrchestrationTrigger] TaskOrchestrationContext context, string child) =>
        context.CallSubOrchestratorAsync<string>(nameof(Child), context.InstanceId, new TaskOptions().WithInstanceId(child));

    [Function(nameof(Child))]
    public static async Task<string> Child([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var word = await context.WaitForExternalEvent<string>("Word");
        return $"{word} from {context.InstanceId} of {context.Parent?.Name} {context.Parent?.InstanceId}";
    }

    [Function(nameof(Collect))]
    public static async Task<string[]> Collect([OrchestrationTrigger] TaskOrchestrationContext context, int count)
    {
        var words = new List<string>();
        while (words.Count < count)
        {
            words.Add(await context.WaitForExternalEvent<string>("word"));
            context.SetCustomStatus(new { words.Count });
        }

        return [.. words];
    }

    [Function(nameof(Patient))]
    public static async Task<string> Patient([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.WaitForExternalEvent<string>("word", TimeSpan.FromMinutes(5));
        }
        catch (TaskCanceledException)
        {
            return "timeout";
        }
    }

    [Function(nameof(Counter))]
    public static async Task<int> Counter([OrchestrationTrigger] TaskOrchestrationContext context, int sum)
    {
        var next = await context.WaitForExternalEvent<int>("add");
        if (next == 0)
        {
            return sum;
        }

        context.ContinueAsNew(sum + next);
        return -1;
    }

    /// <summary>An eternal orchestration: one iteration for each event, and one after an hour without an event.</summary>
    [Function(nameof(Rounds))]
    public static async Task Rounds([OrchestrationTrigger] TaskOrchestrationContext context, string last)
    {
        using var over = new CancellationTokenSource();
        var asked = context.WaitForExternalEvent<string>("round", over.Token);
        var timer = context.CreateTimer(TimeSpan.FromHours(1), over.Token);
        var first = await Task.WhenAny(asked, timer);
        over.Cancel();
        var next = first == timer ? "of itself" : await asked;
        if (next != "end")
        {
            await context.CallActivityAsync(nameof(Activities.Hello), next);
            context.ContinueAsNew(next);
        }
    }

    /// <summary>Takes one event per execution.</summary>
    [Function(nameof(Countdown))]
    public static async Task<int> Countdown([OrchestrationTrigger] TaskOrchestrationContext context, int left)
    {
        await context.WaitForExternalEvent<int>("tick");
        if (left > 1)
        {
            context.ContinueAsNew(left - 1);
        }

        return left;
    }

    /// <summary>Runs while its host stops, and observes the host's token.</summary>
    [Function(nameof(Interrupted))]
    public Task<bool> Interrupted([OrchestrationTrigger] TaskOrchestrationContext context, CancellationToken cancellationToken)
    {
        effects.GateReached.TrySetResult();
        WaitHandle.WaitAny([((IAsyncResult)effects.Gate.Task).AsyncWaitHandle, cancellationToken.WaitHandle]);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(true);
    }

    [Function(nameof(Logging))]
    public async Task Logging([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var logger = context.CreateReplaySafeLogger<Orchestrators>();
        var before = context.NewGuid();
        logger.LogInformation("begin {Guid}", before);
        effects.Log.Enqueue($"{before}");
        await context.CallActivityAsync(nameof(Activities.Hello), "log");
        logger.LogInformation("end");
        context.SetCustomStatus(context.CurrentUtcDateTime);
    }

    [Function(nameof(Changing))]
    public async Task Changing([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        if (effects.Changed)
        {
            await context.CallActivityAsync(nameof(Activities.Fail), "other");
        }

        await context.CallActivityAsync(nameof(Activities.Hello), "one");
        await context.WaitForExternalEvent<string>("go");
    }

    [Function(nameof(Straying))]
    public static Task Straying([OrchestrationTrigger] TaskOrchestrationContext context) => new TaskCompletionSource().Task;

    /// <summary>Cancels a timer from another thread.</summary>
    [Function(nameof(CancellingElsewhere))]
    public static async Task CancellingElsewhere([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        using var over = new CancellationTokenSource();
        var timer = context.CreateTimer(TimeSpan.FromDays(1), over.Token);
        var elsewhere = new Thread(over.Cancel);
        elsewhere.Start();
        elsewhere.Join();
        await timer;
    }

    [Function(nameof(Messenger))]
    public static async Task Messenger([OrchestrationTrigger] TaskOrchestrationContext context, string target)
    {
        context.SendEvent(target, "WORD", "sent");
        await context.CallActivityAsync("Missing", "x", new TaskOptions());
    }
}
