namespace MeshPort.Host.Api;

/// <summary>
/// The progress of a request, as returned by <c>GET .../operations/{id}</c>. Times are the service's: simulated when it uses a sandbox.
/// </summary>
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
