namespace MeshPort.Host.Progress;

/// <summary>Prints one line when a step starts, one when it ends, and one when an exposure becomes ready or has a problem.</summary>
/// <param name="notes">Receives a line when the server is lost, and one when it is back.</param>
internal sealed class PlainProgress(TextWriter output, TextWriter notes, TimeProvider clock) : IProgressView
{
    private readonly HashSet<(string, DateTimeOffset?)> _started = [];
    private readonly HashSet<(string, DateTimeOffset?)> _ended = [];
    private readonly HashSet<(string Exposure, string Reason)> _told = [];
    private bool _isLost;

    public Task<T> ShowAsync<T>(Func<Action<ProgressReport>, Task<T>> work) => work(Report);

    private void Report(ProgressReport report)
    {
        if (report.Lost is not null != _isLost)
        {
            notes.WriteLine(report.Lost ?? Patience.Back);
            _isLost = !_isLost;
        }

        foreach (var step in report.Steps.Where(step => step.StartedAt is not null || step.IsOver))
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

        foreach (var exposure in report.Exposures.Where(exposure => exposure.Status != "Unknown"))
        {
            if (_told.Add((exposure.Name, exposure.Reason)))
            {
                var state = exposure.IsReady ? $"ready at {exposure.Address}" : $"not ready  {exposure.Reason}: {exposure.Message}";
                output.WriteLine($"  {$"exposure {exposure.Name}", -28} {state}");
            }
        }
    }

    private string Ending(JourneyStep step) =>
        step.Status == "Skipped"
            ? "skipped"
            : $"{step.Status.ToLowerInvariant()} after {SimulatedDuration.Text(step.Duration(clock.GetUtcNow()))}";
}
