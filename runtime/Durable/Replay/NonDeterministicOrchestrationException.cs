namespace MeshPort.Runtime.Durable.Replay;

/// <summary>On replay, the orchestrator's code made other decisions than its history records.</summary>
internal sealed class NonDeterministicOrchestrationException(string message) : Exception(message);
