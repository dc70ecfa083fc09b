using MeshPort.Host.Api;

namespace MeshPort.Host.Demo;

/// <summary>One step of the way, as the operations tell it. Times are simulated.</summary>
internal sealed record JourneyStep(string Name, string Status, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string? Message)
{
    public bool IsRunning => Status == "Running";

    public bool IsOver => Status is "Succeeded" or "Failed" or "Skipped";

    public bool HasFailed => Status == "Failed";

    /// <summary>Until <paramref name="now"/> while it runs; null before it has started.</summary>
    public TimeSpan? Duration(DateTimeOffset now) => StartedAt is { } started ? (EndedAt ?? now) - started : null;

    /// <summary>
    /// The steps of several operations as one list. One convergence may serve many requests; then each of their operations has the same
    /// steps, begun at the same times, and they count once: as the operation that was looked at last tells it.
    /// </summary>
    public static IReadOnlyList<JourneyStep> Merge(IEnumerable<OperationView> operations)
    {
        var steps = operations
            .SelectMany(operation => operation.Steps ?? [])
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
