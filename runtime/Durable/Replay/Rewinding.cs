using MeshPort.Runtime.Durable.History;

namespace MeshPort.Runtime.Durable.Replay;

/// <summary>
/// How a failed instance goes on from what failed: nothing is taken out of its history, but failures before a <see cref="Rewound"/> that names their
/// tasks are passed over, so that the replay waits for those tasks again.
/// </summary>
internal static class Rewinding
{
    /// <summary>So many replays at most look for the failures to pass over.</summary>
    private const int MaxReplays = 100;

    /// <summary>The past without the failures that a rewinding, in it or just arrived, has made void.</summary>
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
    /// Passes over all failures that the code has not made decisions on: what it caught, retried or compensated has happened, and without it the code
    /// would no longer decide what the history says it did. The latest failures are tried together, then fewer of them.
    /// </summary>
    /// <param name="execute">Runs the code over the past and what has arrived, in a context of its own each time.</param>
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

    /// <summary>What the past decided and still waits for: its calls and timers went away when the instance failed, and are made again.</summary>
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
