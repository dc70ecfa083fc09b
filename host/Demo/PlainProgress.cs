namespace MeshPort.Host.Demo;

/// <summary>Prints one line when a step starts and one when it ends.</summary>
internal sealed class PlainProgress(TextWriter output, TimeProvider clock) : IProgressView
{
    private readonly HashSet<(string, DateTimeOffset?)> _started = [];
    private readonly HashSet<(string, DateTimeOffset?)> _ended = [];

    public Task<T> ShowAsync<T>(Func<Action<IReadOnlyList<JourneyStep>>, Task<T>> work) => work(Report);

    private void Report(IReadOnlyList<JourneyStep> steps)
    {
        foreach (var step in steps.Where(step => step.StartedAt is not null || step.IsOver))
        {
            var key = (step.Name, step.StartedAt);
            if (_started.Add(key) && step.Status != "Skipped")
            {
                output.WriteLine($"  {step.Name, -28} started");
            }

            if (step.IsOver && _ended.Add(key))
            {
                output.WriteLine($"  {step.Name, -28} {Ending(step)}{(step.Message is { Length: > 0 } message ? $"  {message}" : "")}");
            }
        }
    }

    private string Ending(JourneyStep step) =>
        step.Status == "Skipped"
            ? "skipped"
            : $"{step.Status.ToLowerInvariant()} after {SimulatedDuration.Text(step.Duration(clock.GetUtcNow()))}";
}
