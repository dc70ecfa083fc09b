using System.Text.Json.Serialization;

namespace MeshPort.Model;

[JsonConverter(typeof(JsonStringEnumConverter<OperationStatus>))]
public enum OperationStatus
{
    Running,
    Succeeded,
    Failed,

    /// <summary>Something else was asked for since: another spec, or the removal.</summary>
    Canceled,
}

[JsonConverter(typeof(JsonStringEnumConverter<StepStatus>))]
public enum StepStatus
{
    Pending,
    Running,
    Succeeded,
    Failed,
    Skipped,
}

/// <summary>The progress of one accepted request, as <c>GET .../operations/{id}</c> answers it.</summary>
/// <param name="Percent">Of the steps that are over, 0 to 99; 100 when the operation is.</param>
public sealed record Operation(
    string Id,
    OperationStatus Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    int Percent,
    IReadOnlyList<Step> Steps
);

/// <param name="Attempts">How often the step has looked.</param>
public sealed record Step(string Name, StepStatus Status, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, int Attempts, string? Message)
{
    [JsonIgnore]
    public bool IsOver => Status is StepStatus.Succeeded or StepStatus.Failed or StepStatus.Skipped;

    /// <summary>The step of an operation that has ended. The convergence may go on with the step, for the sake of other requests.</summary>
    public Step EndedWith(OperationStatus operation, DateTimeOffset now) =>
        (IsOver, Status, operation) switch
        {
            (true, _, _) => this,
            (_, StepStatus.Running, OperationStatus.Succeeded) => this with { Status = StepStatus.Succeeded, EndedAt = now },
            (_, StepStatus.Running, OperationStatus.Failed) => this with { Status = StepStatus.Failed, EndedAt = now },
            _ => this with { Status = StepStatus.Skipped, EndedAt = StartedAt is null ? null : now },
        };
}
