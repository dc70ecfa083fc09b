using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Durable.Client;

/// <summary>
/// The client's exceptions for misuse. The official client passes the host's gRPC status on as an RpcException (functions-api A1, A2).
/// This runtime has no gRPC: NotFound becomes an ArgumentException; FailedPrecondition, AlreadyExists and Unknown become an
/// InvalidOperationException. The texts are the same.
/// </summary>
internal static class ClientErrors
{
    public static ArgumentException NotFound(string instanceId) =>
        new($"No instance with ID '{instanceId}' was found.", nameof(instanceId));

    public static ArgumentException NotFoundForRestart(string instanceId) =>
        new($"An orchestration with the instanceId {instanceId} was not found.", nameof(instanceId));

    public static InvalidOperationException AlreadyExists(string instanceId) =>
        new($"An Orchestration instance with the ID {instanceId} already exists.");

    public static InvalidOperationException NotRunning() => new("The orchestration instance with the provided instance id is not running.");

    public static InvalidOperationException CannotTerminate(string instanceId, OrchestrationRuntimeStatus status) =>
        new($"Cannot terminate the orchestration instance {instanceId} because instance is in the {status} state.");

    public static InvalidOperationException Cannot(string verb, string instanceId, OrchestrationRuntimeStatus status) =>
        new($"Cannot {verb} orchestration instance {instanceId} because the instance is in the {status} state.");

    public static InvalidOperationException CannotPurge(OrchestrationRuntimeStatus status) =>
        new($"Only orchestrations in a terminal state can be purged, and this one is {status}.");

    public static InvalidOperationException CannotRestart(string instanceId, OrchestrationRuntimeStatus status) =>
        new($"The orchestration instance {instanceId} is {status} and cannot be restarted.");

    public static ArgumentException InvalidDedupeStatus(string status) =>
        new($"Invalid orchestration runtime status: '{status}' for deduplication.");
}
