using MeshPort.Host.Api;

namespace MeshPort.Host.Progress;

/// <summary>One convergence step, as reported by the operations. Times are simulated.</summary>
internal sealed record JourneyStep(string Name, string Status, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Message)
{
    public bool IsRunning => Status == "Running";

    public bool IsOver => Status is "Succeeded" or "Failed" or "Skipped";

    public bool HasFailed => Status == "Failed";

    /// <summary>The duration so far while the step runs. Null before it starts.</summary>
    public TimeSpan? Duration(DateTimeOffset now) => StartedAt is { } started ? (EndedAt ?? now) - started : null;

    /// <summary>
    /// Merges the steps of several operations into one list. One convergence may serve several requests. Their operations then have the
    /// same steps with the same start times. Each such step counts once, as the last polled operation reports it.
    /// </summary>
    /// <param name="labels">Name the cluster of a step when there are several.</param>
    public static IReadOnlyList<JourneyStep> Merge(IEnumerable<OperationView> operations, ClusterLabels labels)
    {
        var steps = operations
            .SelectMany(operation => (operation.Steps ?? []).Select(step => step with { Name = labels.Of(operation.Cluster, step.Name) }))
            .GroupBy(step => (step.Name, step.StartedAt))
            .Select(same => same.Last())
            .ToList();
        var started = steps.Where(step => step.StartedAt is not null).Select(step => step.Name).ToHashSet();
        return
        [
            .. steps
                .Where(step => step.StartedAt is not null || !started.Contains(step.Name))
                .Select(step => new JourneyStep(step.Name, step.Status, step.StartedAt, step.EndedAt, step.Message)),
        ];
    }
}
