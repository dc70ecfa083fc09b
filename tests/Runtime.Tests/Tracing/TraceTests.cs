using System.Diagnostics;
using MeshPort.Runtime.Tests.Functions;

namespace MeshPort.Runtime.Tests.Tracing;

public sealed class TraceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_and_its_orchestration_with_all_calls_are_one_trace_across_a_crash_and_a_durable_timer()
    {
        using var spans = new RecordedSpans();
        await using var running = await RunningHost.StartAsync();
        using var request = RecordedSpans.Begin();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Chain), "x", Cancelled);
        Activity.Current = null;
        await running.UntilAsync(id, _ => running.Effects.Count("hello x") == 1);

        await running.CrashAndRestartAsync();
        await running.CompletionWithTimeAsync(id, TimeSpan.FromMinutes(20));

        await Wait.UntilAsync(() => spans.Of(request, "activity:Hello").Count + spans.Of(request, "activity:hello").Count == 2, Cancelled);
        var orchestration = Assert.Single(spans.Of(request, "orchestration:Chain"));
        Assert.Equal(request.SpanId, orchestration.ParentSpanId);
        Assert.All(
            [.. spans.Of(request, "activity:Hello"), .. spans.Of(request, "activity:hello")],
            call => Assert.Equal(orchestration.SpanId, call.ParentSpanId)
        );
        Assert.Equal(id, orchestration.GetTagItem("durabletask.task.instance_id"));
    }

    [Fact]
    public async Task An_activity_that_a_crash_interrupted_runs_again_in_the_same_trace()
    {
        using var spans = new RecordedSpans();
        await using var running = await RunningHost.StartAsync();
        using var request = RecordedSpans.Begin();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Gated), "door", Cancelled);
        Activity.Current = null;
        await running.Effects.GateReached.Task.WaitAsync(RunningHost.Deadline, Cancelled);

        await running.CrashAndRestartAsync();
        running.Effects.Gate.SetResult();
        await running.CompletionAsync(id);

        await Wait.UntilAsync(() => spans.Of(request, "activity:Gate").Any(call => call.Status != ActivityStatusCode.Error), Cancelled);
        var orchestration = Assert.Single(spans.Of(request, "orchestration:Gated"));
        Assert.All(spans.Of(request, "activity:Gate"), call => Assert.Equal(orchestration.SpanId, call.ParentSpanId));
    }

    [Fact]
    public async Task An_eternal_orchestration_joins_the_trace_of_an_events_sender_and_starts_a_trace_after_a_timer()
    {
        using var spans = new RecordedSpans();
        await using var running = await RunningHost.StartAsync();
        using var first = RecordedSpans.Begin();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Rounds), "", Cancelled);
        await running.Client.RaiseEventAsync(id, "round", "one", Cancelled);
        await running.UntilAsync(id, _ => running.Effects.Count("hello one") == 1);
        using var second = RecordedSpans.Begin();
        await running.Client.RaiseEventAsync(id, "round", "two", Cancelled);
        Activity.Current = null;
        await running.UntilAsync(id, _ => running.Effects.Count("hello two") == 1);
        await running.UntilAsync(id, instance => instance.SerializedInput == "\"two\"");

        await Wait.UntilAsync(
            () =>
            {
                running.Clock.Advance(TimeSpan.FromMinutes(30));
                return running.Effects.Count("hello of itself") > 0;
            },
            Cancelled
        );
        await running.Client.RaiseEventAsync(id, "round", "end", Cancelled);
        await running.CompletionAsync(id);

        await Wait.UntilAsync(
            () => spans.Of(first, "activity:Hello").Count == 1 && spans.Of(second, "activity:Hello").Count == 1,
            Cancelled
        );
        var own = spans
            .All.Where(span =>
                span.DisplayName == "activity:Hello"
                && id.Equals(span.GetTagItem("durabletask.task.instance_id"))
                && span.TraceId != first.TraceId
                && span.TraceId != second.TraceId
            )
            .ToList();
        Assert.Equal(running.Effects.Count("hello of itself"), own.Count);
        Assert.Equal(own.Count, own.Select(span => span.TraceId).Distinct().Count());
    }

    [Fact]
    public async Task The_span_of_a_sub_orchestration_is_a_child_of_its_callers_span()
    {
        using var spans = new RecordedSpans();
        await using var running = await RunningHost.StartAsync();
        using var request = RecordedSpans.Begin();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Parent), "child", Cancelled);
        Activity.Current = null;
        await running.UntilAsync("child", _ => true);
        await running.Client.RaiseEventAsync("child", "word", "hi", Cancelled);
        await running.CompletionAsync(id);

        await Wait.UntilAsync(() => spans.Of(request, "orchestration:Child").Count == 1, Cancelled);
        Assert.Equal(
            Assert.Single(spans.Of(request, "orchestration:Parent")).SpanId,
            spans.Of(request, "orchestration:Child")[0].ParentSpanId
        );
    }

    [Fact]
    public async Task A_failed_activity_records_the_type_of_its_exception_and_not_the_message()
    {
        using var spans = new RecordedSpans();
        await using var running = await RunningHost.StartAsync();
        using var request = RecordedSpans.Begin();
        var id = await running.Client.ScheduleNewOrchestrationInstanceAsync(nameof(Orchestrators.Failing), Cancelled);
        Activity.Current = null;
        await running.CompletionAsync(id);

        await Wait.UntilAsync(() => spans.Of(request, "activity:Fail").Count == 1, Cancelled);
        var call = spans.Of(request, "activity:Fail")[0];
        Assert.Equal(
            (ActivityStatusCode.Error, null, typeof(InvalidOperationException).FullName),
            (call.Status, call.StatusDescription, call.GetTagItem("error.type"))
        );
        Assert.Empty(call.Events);
    }

    [Fact]
    public async Task A_message_starts_a_trace_and_its_failure_is_recorded()
    {
        using var spans = new RecordedSpans();
        await using var host = await Triggers.TriggersHost.StartAsync(("extensions:queues:maxDequeueCount", "1"));
        await host.SendAsync("failing", "a message of the trace tests", Cancelled);
        await host.Deliveries.NextAsync(Cancelled);

        await Wait.UntilAsync(
            () =>
                spans.All.Any(span =>
                    span is { DisplayName: "function:Failing", Kind: ActivityKind.Consumer, Status: ActivityStatusCode.Error, Parent: null }
                ),
            Cancelled
        );
    }

    [Fact]
    public async Task An_http_request_continues_the_callers_traceparent_and_tracestate()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        const string State = "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7";
        using var spans = new RecordedSpans();
        await using var running = await RunningHost.StartAsync();
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null })
        {
            BaseAddress = running.Host.Address,
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"api/start/{Guid.NewGuid()}?code=x")
        {
            Headers = { { "traceparent", $"00-{Trace}-00f067aa0ba902b7-01" }, { "tracestate", State } },
        };

        using var answer = await client.SendAsync(request, Cancelled);

        await Wait.UntilAsync(
            () =>
                spans.All.Any(span =>
                    span.DisplayName == "orchestration:Collect" && span.TraceId.ToHexString() == Trace && span.TraceStateString == State
                ),
            Cancelled
        );
    }
}
