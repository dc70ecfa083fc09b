using MeshPort.Runtime.Invocation;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Triggers.Timers;

/// <summary>
/// Runs timer functions when they are due. Runs of one function do not overlap. A failed run is retried by its retry attribute
/// (functions-api A10).
/// </summary>
internal sealed partial class TimerTriggers(
    IReadOnlyList<FunctionEntry> entries,
    IConfiguration configuration,
    ScheduleStatuses statuses,
    FunctionRunner runner,
    TimeProvider time,
    ILogger<TimerTriggers> logger
) : BackgroundService
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1); // a platform timer accepts at most 49 days

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Parsed before anything runs, so that an invalid schedule fails the start.
        Plans =
        [
            .. entries
                .Where(entry => entry.Trigger is TimerTriggerAttribute)
                .Select(entry => new Plan(
                    entry,
                    (TimerTriggerAttribute)entry.Trigger,
                    Schedule.Parse(entry.Name, ((TimerTriggerAttribute)entry.Trigger).Schedule, configuration)
                )),
        ];
        return base.StartAsync(cancellationToken);
    }

    private IReadOnlyList<Plan> Plans { get; set; } = [];

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Plans.Select(plan => RunAsync(plan, stoppingToken)));

    private async Task RunAsync(Plan plan, CancellationToken stopping)
    {
        await Task.Yield();
        try
        {
            var now = time.GetUtcNow().UtcDateTime;
            var monitored = plan.Trigger.UseMonitor && plan.Schedule.IsMonitored(now);
            var kept = monitored ? statuses.Find(plan.Entry.Name) : null;
            var missed = kept is not null && kept.Next <= now;
            if (missed || plan.Trigger.RunOnStartup)
            {
                kept = await RunOnceAsync(plan, kept, missed, monitored, stopping);
            }

            while (true)
            {
                var next = plan.Schedule.Next(time.GetUtcNow().UtcDateTime);
                await WaitUntilAsync(next, stopping);
                kept = await RunOnceAsync(plan, kept, false, monitored, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            LogStopped(logger, plan.Entry.Name);
        }
    }

    private async Task WaitUntilAsync(DateTime next, CancellationToken stopping)
    {
        while (next - time.GetUtcNow().UtcDateTime is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait < LongestWait ? wait : LongestWait, time, stopping);
        }
    }

    private async Task<ScheduleStatus?> RunOnceAsync(
        Plan plan,
        ScheduleStatus? kept,
        bool pastDue,
        bool monitored,
        CancellationToken stopping
    )
    {
        var now = time.GetUtcNow().UtcDateTime;
        var info = new TimerInfo
        {
            IsPastDue = pastDue,
            ScheduleStatus = monitored ? kept ?? new ScheduleStatus { Next = plan.Schedule.Next(now) } : null,
        };
        await RunWithRetriesAsync(plan.Entry, info, stopping);
        if (!monitored)
        {
            return null;
        }

        var status = new ScheduleStatus
        {
            Last = now,
            Next = plan.Schedule.Next(now),
            LastUpdated = now,
        };
        await statuses.SaveAsync(plan.Entry.Name, status);
        return status;
    }

    /// <summary>Runs the function with its retries. The last failure is logged, and the next run follows the schedule.</summary>
    private async Task RunWithRetriesAsync(FunctionEntry entry, TimerInfo info, CancellationToken stopping)
    {
        var retries = new FunctionRetries(entry);
        while (true)
        {
            try
            {
                await runner.RunAsync(entry, new Dictionary<string, object?>(), _ => info, stopping, retries.Context);
                return;
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested)
            {
                LogFailed(logger, exception, entry.Name);
            }

            if (retries.Next() is not { } delay)
            {
                return;
            }

            await WaitUntilAsync(time.GetUtcNow().UtcDateTime + delay, stopping);
        }
    }

    private sealed record Plan(FunctionEntry Entry, TimerTriggerAttribute Trigger, Schedule Schedule);

    [LoggerMessage(Level = LogLevel.Error, Message = "Timer function {Name} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string name);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Timer function {Name} stopped")]
    private static partial void LogStopped(ILogger logger, string name);
}
