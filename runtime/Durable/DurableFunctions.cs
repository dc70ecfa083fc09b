using Microsoft.DurableTask;

namespace MeshPort.Runtime.Durable;

/// <summary>Runs an orchestrator's code from its start. The code may await only tasks of the context.</summary>
internal delegate Task<object?> OrchestratorFunction(
    TaskOrchestrationContext context,
    IServiceProvider services,
    CancellationToken cancellationToken
);

/// <summary>Runs an activity with its serialized input.</summary>
/// <returns>The result, not yet serialized.</returns>
internal delegate Task<object?> ActivityFunction(
    string? input,
    string instanceId,
    IServiceProvider services,
    CancellationToken cancellationToken
);

/// <summary>The application's orchestrators and activities by name. Names are not case-sensitive.</summary>
internal sealed class DurableFunctions
{
    public Dictionary<string, OrchestratorFunction> Orchestrators { get; } = new(StringComparer.OrdinalIgnoreCase);

    public Dictionary<string, ActivityFunction> Activities { get; } = new(StringComparer.OrdinalIgnoreCase);
}
