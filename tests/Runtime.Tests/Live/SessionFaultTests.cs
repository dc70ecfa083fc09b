using System.Globalization;
using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.Store;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.Runtime.Tests.Live;

/// <summary>Failures around a live orchestrator that must lose neither a step nor a result.</summary>
public sealed class SessionFaultTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sessions-test-").FullName;
    private readonly DurableFunctions _functions = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public SessionFaultTests()
    {
        _functions.Activities["Echo"] = (input, _, _, _) => Task.FromResult<object?>(input?.Trim('"'));
    }

    public static TheoryData<Type> UndisposableServices { get; } = [typeof(AsyncOnly), typeof(Throwing)];

    /// <summary>The scope ends with the last step, or with each step when sessions are off.</summary>
    [Theory]
    [MemberData(nameof(UndisposableServices))]
    public async Task A_scope_that_fails_to_dispose_loses_no_step(Type service)
    {
        _functions.Orchestrators["Three"] = async (context, services, _) =>
        {
            services.GetRequiredService(service);
            return await context.CallActivityAsync<string>("Echo", "a") + await context.CallActivityAsync<string>("Echo", "b");
        };
        foreach (var limits in (SessionLimits[])[SessionLimits.Default, SessionLimits.None])
        {
            await using var engine = await BareEngine.StartAsync(_directory, _functions, limits, services => services.AddScoped(service));
            Assert.Equal(OrchestrationRuntimeStatus.Completed, (await engine.RunAsync("Three")).RuntimeStatus);
        }
    }

    [Fact]
    public async Task A_failed_instance_is_rewound_from_its_history_and_leaves_no_pending_result()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = 0;
        _functions.Activities["Gate"] = async (_, _, _, token) =>
        {
            Interlocked.Increment(ref calls);
            await gate.Task.WaitAsync(token);
            return "through";
        };
        _functions.Orchestrators["Wait"] = async (context, _, _) => await context.CallActivityAsync<string>("Gate");
        await using var engine = await BareEngine.StartAsync(_directory, _functions);
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancelled);
        await Wait.UntilAsync(() => calls == 1, Cancelled);
        const string damage = "INSERT INTO messages (instance_id, due, seq, event) VALUES ($1, 0, 1, 'damaged')";
        await engine.Engine.Store.WriteAsync(database => database.Execute(damage, id));
        engine.Engine.Wake(id, DateTimeOffset.MinValue);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await engine.CompletionAsync(id)).RuntimeStatus);

        await engine.Client.RewindInstanceAsync(id, "mended", Cancelled);
        await Wait.UntilAsync(() => calls == 2, Cancelled);
        gate.SetResult();

        Assert.Equal("through", (await engine.CompletionAsync(id)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task A_live_orchestrator_that_an_outside_token_interrupts_is_replayed()
    {
        var runs = 0;
        _functions.Orchestrators["Interrupted"] = async (context, _, _) =>
        {
            var first = Interlocked.Increment(ref runs) == 1;
            using var timeout = new CancellationTokenSource();
            var timer = context.CreateTimer(TimeSpan.FromMilliseconds(20), timeout.Token);
            await context.CallActivityAsync<string>("Echo", "a");
            if (first)
            {
                var outside = new Thread(timeout.Cancel);
                outside.Start();
                outside.Join();
            }

            await timer;
            return "done";
        };
        await using var engine = await BareEngine.StartAsync(_directory, _functions);
        var end = await engine.RunAsync("Interrupted");
        Assert.Equal((OrchestrationRuntimeStatus.Completed, "\"done\"", 2), (end.RuntimeStatus, end.SerializedOutput, runs));
    }

    [Fact]
    public async Task A_step_that_was_not_written_is_replayed_and_its_results_are_not_lost()
    {
        var commits = 0;
        var begun = 0;
        _functions.Orchestrators["Count"] = async (context, _, _) =>
        {
            Interlocked.Increment(ref begun);
            var sum = 0;
            for (var i = 0; i < 10; i++)
            {
                sum += int.Parse(await context.CallActivityAsync<string>("Echo", i) ?? "", CultureInfo.InvariantCulture);
                sum += (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => context.CallActivityAsync<string>("Echo", 1)))).Length;
            }

            return sum;
        };
        var failing = false;
        await using var engine = await BareEngine.StartAsync(
            _directory,
            _functions,
            reached: point =>
            {
                if (failing && point == CommitPoint.Before && Interlocked.Increment(ref commits) % 3 == 0)
                {
                    throw new SqliteException("the disk is full", 13);
                }
            }
        );
        var options = new StartOrchestrationOptions("count", TimeProvider.System.GetUtcNow().AddMilliseconds(200));
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("Count", options, Cancelled);
        failing = true;
        Assert.Equal(245, (await engine.CompletionAsync(id)).ReadOutputAs<int>());
        Assert.True(begun > 1);
    }

    public static TheoryData<string> Foreign { get; } = ["Task.Delay", "ConfigureAwait", "async void", "ContinueWith"];

    /// <summary>Awaiting a non-durable task has the same result with and without a session, and affects no other instance.</summary>
    [Theory]
    [MemberData(nameof(Foreign))]
    public async Task An_orchestrator_that_leaves_its_thread_fails_with_and_without_sessions(string way)
    {
        _functions.Orchestrators["Sound"] = async (context, _, _) =>
            await context.CallActivityAsync<string>("Echo", "a") + await context.CallActivityAsync<string>("Echo", "b");
        _functions.Orchestrators["Foreign"] = async (context, _, _) =>
        {
            var first = await context.CallActivityAsync<string>("Echo", "a");
            switch (way)
            {
                case "Task.Delay":
                    await Task.Delay(1, Cancelled);
                    break;
                case "ConfigureAwait":
                    await context.CallActivityAsync<string>("Echo", "b").ConfigureAwait(false);
                    break;
                case "async void":
                    Throw();
                    await context.WaitForExternalEvent<string>("never", CancellationToken.None);
                    break;
                case "ContinueWith":
                    await context.CallActivityAsync<string>("Echo", "b").ContinueWith(_ => { }, TaskScheduler.Default);
                    break;
            }

            return first + await context.CallActivityAsync<string>("Echo", "c");

            async void Throw()
            {
                await context.CallActivityAsync<string>("Echo", "b");
                throw new InvalidOperationException("not awaited");
            }
        };
        foreach (var limits in (SessionLimits[])[SessionLimits.Default, SessionLimits.None])
        {
            await using var engine = await BareEngine.StartAsync(_directory, _functions, limits);
            var sound = Enumerable.Range(0, 20).Select(_ => engine.RunAsync("Sound")).ToList();
            var foreign = await engine.RunAsync("Foreign");
            Assert.Equal(OrchestrationRuntimeStatus.Failed, foreign.RuntimeStatus);
            var reason = way == "async void" ? "not awaited" : "not durable";
            Assert.Contains(reason, foreign.SerializedOutput, StringComparison.Ordinal);
            Assert.All(await Task.WhenAll(sound), end => Assert.Equal("ab", end.ReadOutputAs<string>()));
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private sealed class AsyncOnly : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Throwing : IDisposable
    {
        public void Dispose() => throw new InvalidOperationException("cannot be disposed of");
    }
}
