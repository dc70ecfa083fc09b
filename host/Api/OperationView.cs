namespace MeshPort.Host.Api;

/// <summary>The progress of a request, as <c>GET .../operations/{id}</c> answers it; times are the service's, simulated when it runs against a sandbox.</summary>
internal sealed record OperationView(
    string Id,
    string Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    IReadOnlyList<StepView>? Steps
)
{
    public bool IsOver => Status != "Running";
}

internal sealed record StepView(
    string Name,
    string Status,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    int Attempts,
    string? Message
);
