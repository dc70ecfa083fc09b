namespace MeshPort.Runtime.Durable.Replay;

/// <summary>The orchestrator's code decided otherwise on replay than its history says.</summary>
internal sealed class NonDeterministicOrchestrationException(string message) : Exception(message);
