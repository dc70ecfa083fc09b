using System.Globalization;
using System.Text.Json.Serialization;
using MeshPort.Runtime.Durable;

namespace MeshPort.Runtime.Tests.Live;

/// <summary>
/// Orchestrations as data. A program's output and decisions depend only on the program, and not on the order in which results arrive: where
/// the order could matter, the program sums all results and makes equal calls afterwards.
/// </summary>
internal static class RandomProgram
{
    [JsonPolymorphic]
    [JsonDerivedType(typeof(Work), "work")]
    [JsonDerivedType(typeof(Broken), "broken")]
    [JsonDerivedType(typeof(Flaky), "flaky")]
    [JsonDerivedType(typeof(Sleep), "sleep")]
    [JsonDerivedType(typeof(Cancelled), "cancelled")]
    [JsonDerivedType(typeof(Mail), "mail")]
    [JsonDerivedType(typeof(Timely), "timely")]
    [JsonDerivedType(typeof(Child), "child")]
    [JsonDerivedType(typeof(Many), "many")]
    [JsonDerivedType(typeof(Race), "race")]
    [JsonDerivedType(typeof(Status), "status")]
    [JsonDerivedType(typeof(Again), "again")]
    [JsonDerivedType(typeof(Sequence), "sequence")]
    internal abstract record Step;

    /// <summary>Calls one activity.</summary>
    internal sealed record Work(int Value) : Step;

    /// <summary>Catches the failure of an activity.</summary>
    internal sealed record Broken : Step;

    /// <summary>Retries an activity that always fails, with a policy or a handler.</summary>
    internal sealed record Flaky(int Attempts, bool Handled) : Step;

    internal sealed record Sleep(int Milliseconds) : Step;

    /// <summary>Cancels a timer while an activity runs.</summary>
    internal sealed record Cancelled(int Value) : Step;

    /// <summary>An activity sends an event to the instance, which waits for it before or after the call.</summary>
    internal sealed record Mail(int Value, bool Early) : Step;

    /// <summary>Waits for an event that never comes, or comes in time.</summary>
    internal sealed record Timely(bool Comes) : Step;

    internal sealed record Child(Step Program) : Step;

    /// <summary>Calls activities and children concurrently.</summary>
    internal sealed record Many(int[] Values, Step? Child) : Step;

    /// <summary>Handles results in order of arrival.</summary>
    internal sealed record Race(int[] Values) : Step;

    internal sealed record Status(int Value) : Step;

    /// <summary>Continues as new with the rest of the program.</summary>
    internal sealed record Again(Step Next) : Step;

    internal sealed record Sequence(Step[] Steps) : Step;

    public static Step Create(Random random, int depth = 3) =>
        new Sequence([.. Enumerable.Range(0, random.Next(2, 7)).Select(_ => One(random, depth)), .. Last(random, depth)]);

    public static DurableFunctions Functions()
    {
        var functions = new DurableFunctions();
        functions.Activities["Add"] = (input, _, _, _) => Task.FromResult<object?>(Number(input) + 1);
        functions.Activities["Slow"] = async (input, _, _, token) =>
        {
            var value = Number(input);
            await Task.Delay(value % 7, token);
            return value;
        };
        functions.Activities["Fail"] = (_, _, _, _) => throw new InvalidOperationException("fails", new TimeoutException("inside"));
        functions.Orchestrators["Run"] = async (context, _, _) =>
        {
            var sum = await RunAsync(context, context.GetInput<Step>() ?? throw new InvalidOperationException("no program"));
            return sum;
        };
        functions.Orchestrators["Bad"] = async (context, _, _) => await context.CallActivityAsync<int>("Fail");
        functions.Orchestrators["Postman"] = (context, _, _) =>
        {
            context.SendEvent(context.Parent?.InstanceId ?? "", "mail", context.GetInput<int>());
            return Task.FromResult<object?>(null);
        };
        return functions;
    }

    private static Step[] Last(Random random, int depth) => depth == 3 && random.Next(2) == 0 ? [new Again(Create(random, 2))] : [];

    private static Step One(Random random, int depth) =>
        random.Next(14) switch
        {
            0 => new Broken(),
            1 => new Flaky(random.Next(1, 4), random.Next(2) == 0),
            2 => new Sleep(random.Next(15)),
            3 => new Cancelled(random.Next(100)),
            4 => new Mail(random.Next(100), random.Next(2) == 0),
            5 => new Timely(random.Next(2) == 0),
            6 when depth > 0 => new Child(Create(random, depth - 1)),
            7 => new Many(Values(random, 30), depth > 0 && random.Next(2) == 0 ? Create(random, depth - 1) : null),
            8 => new Race(Values(random, 6)),
            9 => new Status(random.Next(100)),
            _ => new Work(random.Next(100)),
        };

    private static int Number(string? input) => int.Parse(input ?? "", CultureInfo.InvariantCulture);

    private static int[] Values(Random random, int most) => [.. Enumerable.Range(0, random.Next(1, most)).Select(_ => random.Next(100))];

    private static async Task<int> RunAsync(TaskOrchestrationContext context, Step step)
    {
        switch (step)
        {
            case Work work:
                return await context.CallActivityAsync<int>("Add", work.Value);
            case Broken:
                try
                {
                    return await context.CallSubOrchestratorAsync<int>("Bad");
                }
                catch (TaskFailedException failed)
                {
                    return failed.FailureDetails.InnerFailure?.InnerFailure?.ErrorMessage == "inside" ? 7 : -1000;
                }

            case Flaky flaky:
                var options = flaky.Handled
                    ? TaskOptions.FromRetryHandler(retry => retry.LastAttemptNumber < flaky.Attempts)
                    : TaskOptions.FromRetryPolicy(new RetryPolicy(flaky.Attempts, TimeSpan.FromMilliseconds(1)));
                try
                {
                    return await context.CallActivityAsync<int>("Fail", options: options);
                }
                catch (TaskFailedException)
                {
                    return flaky.Attempts;
                }

            case Sleep sleep:
                await context.CreateTimer(TimeSpan.FromMilliseconds(sleep.Milliseconds), CancellationToken.None);
                return 1;
            case Cancelled cancelled:
                using (var over = new CancellationTokenSource())
                {
                    var timer = context.CreateTimer(TimeSpan.FromHours(1), over.Token);
                    var value = await context.CallActivityAsync<int>("Slow", cancelled.Value);
                    await over.CancelAsyncOnThisThread();
                    try
                    {
                        await timer;
                    }
                    catch (OperationCanceledException)
                    {
                        return value;
                    }

                    return -1000;
                }

            case Mail mail:
                var early = mail.Early ? context.CallSubOrchestratorAsync("Postman", mail.Value) : null;
                if (early is not null)
                {
                    await early;
                }

                var letter = context.WaitForExternalEvent<int>("mail", CancellationToken.None);
                await (early ?? context.CallSubOrchestratorAsync("Postman", mail.Value));
                return await letter;
            case Timely timely:
                if (timely.Comes)
                {
                    await context.CallSubOrchestratorAsync("Postman", 5);
                }

                try
                {
                    var patience = timely.Comes ? TimeSpan.FromHours(1) : TimeSpan.FromMilliseconds(2);
                    return await context.WaitForExternalEvent<int>("mail", patience);
                }
                catch (TaskCanceledException)
                {
                    return 3;
                }

            case Child child:
                return await context.CallSubOrchestratorAsync<int>("Run", child.Program);
            case Many many:
                var all = many.Values.Select(value => context.CallActivityAsync<int>("Slow", value)).ToList();
                if (many.Child is { } beside)
                {
                    all.Add(context.CallSubOrchestratorAsync<int>("Run", beside));
                }

                return (await Task.WhenAll(all)).Sum();
            case Race race:
                var open = race.Values.Select(value => context.CallActivityAsync<int>("Slow", value)).ToHashSet();
                var sum = 0;
                while (open.Count > 0)
                {
                    var first = await Task.WhenAny(open);
                    open.Remove(first);
                    sum += await first;
                    await context.CallActivityAsync<int>("Add", 1);
                }

                return sum;
            case Status status:
                context.SetCustomStatus(status.Value);
                return status.Value;
            case Again again:
                context.ContinueAsNew(again.Next);
                return 0;
            case Sequence sequence:
                var total = 0;
                foreach (var part in sequence.Steps)
                {
                    total = (total * 3) + await RunAsync(context, part);
                }

                return total;
            default:
                throw new InvalidOperationException($"There is no step {step}.");
        }
    }

    private static Task CancelAsyncOnThisThread(this CancellationTokenSource source)
    {
        source.Cancel();
        return Task.CompletedTask;
    }
}
