using System.Runtime.CompilerServices;
using MeshPort.Runtime.Durable;
using MeshPort.Runtime.Durable.History;
using MeshPort.Runtime.Durable.Replay;
using MeshPort.Runtime.Durable.Store;
using Microsoft.DurableTask.Converters;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace MeshPort.Runtime.Tests;

public sealed class SessionsTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    private readonly FakeTimeProvider _clock = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddScoped<Traced>().BuildServiceProvider();
    private readonly List<Traced> _disposed = [];

    [Fact]
    public void A_session_goes_to_one_step_of_its_own_execution_only()
    {
        using var sessions = new Sessions(SessionLimits.Default, _clock);
        var session = Waiting("id", "1");
        sessions.Put(session);

        Assert.Same(session, sessions.Take("id", "1"));
        Assert.Null(sessions.Take("id", "1"));
        sessions.Put(session);
        Assert.Null(sessions.Take("id", "2"));
        Assert.Single(_disposed);
        Assert.Null(sessions.Take("id", "1"));
    }

    [Fact]
    public void The_oldest_sessions_are_dropped_and_disposed_when_all_together_exceed_the_limit()
    {
        var one = Waiting("0", "x");
        using var sessions = new Sessions(new SessionLimits(TimeSpan.FromHours(1), 3 * one.Weight), _clock);
        foreach (var id in (string[])["1", "2", "3", "4"])
        {
            sessions.Put(Waiting(id, "x"));
        }

        Assert.Single(_disposed);
        Assert.Null(sessions.Take("1", "x"));
        Assert.NotNull(sessions.Take("2", "x"));
        Assert.NotNull(sessions.Take("4", "x"));
        sessions.Put(Waiting("large", "x", input: new string('x', 100_000)));
        Assert.Null(sessions.Take("large", "x"));
    }

    [Fact]
    public void An_idle_session_is_dropped()
    {
        using var sessions = new Sessions(SessionLimits.Default, _clock);
        sessions.Put(Waiting("old", "x"));
        _clock.Advance(TimeSpan.FromSeconds(31));
        sessions.Put(Waiting("new", "x"));

        Assert.Null(sessions.Take("old", "x"));
        Assert.NotNull(sessions.Take("new", "x"));
    }

    [Fact]
    public void A_limit_of_zero_keeps_nothing_and_disposal_disposes_of_all_sessions()
    {
        using (var none = new Sessions(SessionLimits.None, _clock))
        {
            none.Put(Waiting("id", "x"));
            Assert.Null(none.Take("id", "x"));
        }

        using (var sessions = new Sessions(SessionLimits.Default, _clock))
        {
            sessions.Put(Waiting("one", "x"));
            sessions.Put(Waiting("two", "x"));
        }

        Assert.Equal(3, _disposed.Count);
    }

    [Fact]
    public void A_step_of_a_live_orchestrator_makes_the_decisions_of_a_replay()
    {
        HistoryEvent[] first = [new StepStarted(Now), new ExecutionStarted("Pair", null)];
        HistoryEvent[] second = [new StepStarted(Now.AddMinutes(1)), new TaskCompleted(0, "\"a\"")];
        HistoryEvent[] third = [new StepStarted(Now.AddMinutes(2)), new EventRaised("go", "\"b\"")];

        var live = Run(PairAsync);
        var past = live.Execute([], first).History.ToList();
        past.AddRange(live.Continue(second).History);
        var continued = live.Continue(third);

        var replayed = Run(PairAsync).Execute(past, third);
        Assert.Equal(replayed.History, continued.History);
        Assert.Equal(replayed.Ending, continued.Ending);
        Assert.Equal(new Ending.Completed("\"a b 1970-01-01T00:02:00\""), continued.Ending);
        Assert.Empty(continued.Activities);
    }

    [Fact]
    public void A_live_orchestrator_does_not_keep_sent_payloads()
    {
        var run = Run(async (context, _, _) => await context.CallActivityAsync<string>("Large", new string('x', 1000)));
        var sent = Begin(run);
        GC.Collect();
        Assert.False(sent.IsAlive);
        Assert.True(run.CanContinue);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Begin(OrchestratorRun run) =>
            new(run.Execute([], [new StepStarted(Now), new ExecutionStarted("Test", null)]).Activities.Single().Input);
    }

    [Fact]
    public async Task An_orchestrator_that_an_outside_task_resumed_between_its_steps_is_replayed()
    {
        var outside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = Run(
            async (context, _, _) =>
            {
                await Task.WhenAny(outside.Task, context.WaitForExternalEvent<string>("go", CancellationToken.None));
                return "woken";
            }
        );
        var outcome = run.Execute([], [new StepStarted(Now), new ExecutionStarted("Distracted", null)]);
        Assert.True(run.CanContinue);
        Assert.Null(outcome.Ending);

        outside.SetResult();
        await Wait.UntilAsync(() => !run.CanContinue, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _services.Dispose();

    private static async Task<object?> PairAsync(
        TaskOrchestrationContext context,
        IServiceProvider services,
        CancellationToken cancellationToken
    )
    {
        var left = await context.CallActivityAsync<string>("Left");
        var right = await context.WaitForExternalEvent<string>("go", CancellationToken.None);
        return $"{left} {right} {context.CurrentUtcDateTime:s}";
    }

    private static async Task<object?> WaitAsync(
        TaskOrchestrationContext context,
        IServiceProvider services,
        CancellationToken cancellationToken
    ) => await context.WaitForExternalEvent<string>("go", CancellationToken.None);

    private OrchestratorRun Run(OrchestratorFunction function, string id = "id", string execution = "x") =>
        new(
            new InstanceRow(id, execution, "Test", OrchestrationRuntimeStatus.Running, Now, Now, null, null, null, null, null),
            function,
            _services,
            JsonDataConverter.Default,
            NullLoggerFactory.Instance,
            TestContext.Current.CancellationToken
        );

    private Session Waiting(string id, string execution, string? input = null)
    {
        var run = Run(WaitAsync, id, execution);
        var outcome = run.Execute([], [new StepStarted(Now), new ExecutionStarted("Test", input)]);
        var scope = _services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Traced>().Disposed = _disposed;
        var session = new Session(id, execution, run, scope, NullLogger.Instance);
        session.Append(outcome.History);
        return session;
    }

    private sealed class Traced : IDisposable
    {
        public List<Traced>? Disposed { get; set; }

        public void Dispose() => Disposed?.Add(this);
    }
}
