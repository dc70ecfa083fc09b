using MeshPort.Model;

namespace MeshPort.Convergence;

/// <summary>
/// The steps of one convergence, published as its custom status at every checkpoint. The orchestrator runs it, so it is deterministic and
/// has no clock.
/// </summary>
internal sealed class Progress
{
    private readonly TaskOrchestrationContext _context;
    private readonly List<Step> _steps;

    public Progress(TaskOrchestrationContext context, IEnumerable<string> names)
    {
        _context = context;
        _steps = [.. names.Select(name => new Step(name, StepStatus.Pending, null, null, 0, null))];
        Publish();
    }

    public IReadOnlyList<Step> Steps => _steps;

    /// <summary>A step that starts again, for exposures that have joined meanwhile, keeps the time of its first start.</summary>
    public void Start(string name) =>
        Change(
            name,
            step => step with { Status = StepStatus.Running, StartedAt = step.StartedAt ?? _context.CurrentUtcDateTime, EndedAt = null }
        );

    public bool HasSucceeded(string name) => _steps.Exists(step => step.Name == name && step.Status == StepStatus.Succeeded);

    public void Attempt(string name, string message, int count = 1) =>
        Change(name, step => step with { Attempts = step.Attempts + count, Message = message });

    public void End(string name, Observation observation) =>
        Change(
            name,
            step =>
                step with
                {
                    Status = observation.Status == ConditionStatus.True ? StepStatus.Succeeded : StepStatus.Failed,
                    EndedAt = _context.CurrentUtcDateTime,
                    Message = observation.Message,
                }
        );

    /// <summary>Marks the steps that have not started as skipped.</summary>
    public void SkipRest(string why)
    {
        foreach (var step in _steps.Where(step => step.Status == StepStatus.Pending).ToList())
        {
            Change(step.Name, pending => pending with { Status = StepStatus.Skipped, Message = why });
        }
    }

    private void Change(string name, Func<Step, Step> change)
    {
        var index = _steps.FindIndex(step => step.Name == name);
        if (index < 0)
        {
            index = _steps.Count; // a step that few convergences have
            _steps.Add(new Step(name, StepStatus.Pending, null, null, 0, null));
        }

        _steps[index] = change(_steps[index]);
        Publish();
    }

    private void Publish() => _context.SetCustomStatus(_steps.ToArray());
}
