using MeshPort.Runtime.Durable.History;

namespace MeshPort.Runtime.Durable.Replay;

/// <summary>
/// Rewinds a failed instance. The history keeps all events. The replay skips failures that a later <see cref="Rewound"/> names, so that it
/// waits for those tasks again.
/// </summary>
internal static class Rewinding
{
    /// <summary>The most replays that search for the failures to skip.</summary>
    private const int MaxReplays = 100;

    /// <summary>
    /// Returns the past without the failures that a rewind voids. The rewind may be in the past or may have just arrived.
    /// </summary>
    public static IReadOnlyList<HistoryEvent> WithoutVoid(IReadOnlyList<HistoryEvent> past, IReadOnlyList<HistoryEvent> arrived)
    {
        if (!past.Concat(arrived).Any(happened => happened is Rewound))
        {
            return past;
        }

        var failures = new Dictionary<int, HistoryEvent>();
        var gone = new HashSet<HistoryEvent>(ReferenceEqualityComparer.Instance);
        foreach (var happened in past.Concat(arrived))
        {
            if (FailedTask(happened) is { } task)
            {
                failures[task] = happened;
            }
            else if (happened is Rewound rewound)
            {
                gone.UnionWith(rewound.Tasks.Where(failures.ContainsKey).Select(voided => failures[voided]));
            }
        }

        return [.. past.Where(happened => !gone.Contains(happened))];
    }

    /// <summary>
    /// Voids all failures that the code has not acted on. A failure that the code caught, retried or compensated must stay: without it the
    /// code would no longer make the decisions of the history. The method tries all failures first, then only the latest ones, one fewer
    /// each time.
    /// </summary>
    /// <param name="execute">Runs the code over the past and the arrived events, each time in a new context.</param>
    public static StepOutcome Execute(
        IReadOnlyList<HistoryEvent> past,
        IReadOnlyList<HistoryEvent> arrived,
        Func<IReadOnlyList<HistoryEvent>, StepOutcome> execute
    )
    {
        if (arrived.OfType<RewindRequested>().FirstOrDefault() is not { } request)
        {
            return execute(arrived);
        }

        var failed = WithoutVoid(past, []).Select(FailedTask).OfType<int>().ToList();
        var fewer = Math.Min(failed.Count - 1, MaxReplays);
        var outcome = Rewind(failed);
        for (; IsNonDeterministic(outcome) && fewer >= 0; fewer--)
        {
            outcome = Rewind([.. failed.TakeLast(fewer)]);
        }

        return outcome;

        StepOutcome Rewind(IReadOnlyList<int> tasks) =>
            execute([.. arrived.Select(happened => happened == request ? new Rewound(tasks, request.Reason) : happened)]);
    }

    /// <summary>Schedules open calls and timers again. They were deleted when the instance failed.</summary>
    public static Action<StepOutcome>? Reopen(ReplayContext context, IReadOnlyList<HistoryEvent> arrived)
    {
        if (!arrived.Any(happened => happened is Rewound))
        {
            return null;
        }

        var activities = context.Outcome.Activities.Where(call => context.Open.ContainsKey(call.Id)).ToList();
        var children = context.Outcome.Children.Where(call => context.Open.ContainsKey(call.Id)).ToList();
        var timers = context.Outcome.Timers.Where(timer => context.Open.ContainsKey(timer.Id)).ToList();
        return outcome =>
        {
            outcome.Activities.AddRange(activities);
            outcome.Children.AddRange(children);
            outcome.Timers.AddRange(timers);
        };
    }

    private static int? FailedTask(HistoryEvent happened) =>
        happened switch
        {
            TaskFailed failed => failed.Id,
            ChildFailed failed => failed.Id,
            _ => null,
        };

    private static bool IsNonDeterministic(StepOutcome outcome) =>
        outcome.Ending is Ending.Failed { Failure: var failure } && failure.IsCausedBy<NonDeterministicOrchestrationException>();
}
