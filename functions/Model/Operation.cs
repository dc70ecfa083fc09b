using System.Text.Json.Serialization;

namespace MeshPort.Model;

[JsonConverter(typeof(JsonStringEnumConverter<OperationStatus>))]
public enum OperationStatus
{
    Running,
    Succeeded,
    Failed,

    /// <summary>Later requests replaced the spec or deleted the resource; with several exposures, all of them.</summary>
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

/// <summary>The progress of an accepted request, the body of <c>GET .../operations/{id}</c>.</summary>
/// <param name="Percent">The share of ended steps, 0 to 99; 100 when the operation has ended.</param>
public sealed record Operation(
    string Id,
    OperationStatus Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    int Percent,
    IReadOnlyList<Step> Steps
);

/// <param name="Attempts">Runs of the step so far.</param>
public sealed record Step(string Name, StepStatus Status, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, int Attempts, string? Message)
{
    private const string ForOthers = "The step continues for other requests.";

    [JsonIgnore]
    public bool IsOver => Status is StepStatus.Succeeded or StepStatus.Failed or StepStatus.Skipped;

    /// <summary>The step of an operation that has ended. The convergence may continue the step for other requests.</summary>
    public Step EndedWith(OperationStatus operation, DateTimeOffset now) =>
        (IsOver, Status, operation) switch
        {
            (true, _, _) => this,
            (_, StepStatus.Running, OperationStatus.Succeeded) => this with
            {
                Status = StepStatus.Succeeded,
                EndedAt = now,
                Message = Message is null ? ForOthers : $"{Message} {ForOthers}",
            },
            (_, StepStatus.Running, OperationStatus.Failed) => this with { Status = StepStatus.Failed, EndedAt = now },
            _ => this with { Status = StepStatus.Skipped, EndedAt = StartedAt is null ? null : now },
        };
}
