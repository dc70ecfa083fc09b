namespace MeshPort.Runtime.Contract.DurableTask.Internal;

/// <summary>What of the client the official package shows to generated code.</summary>
public interface IOrchestrationSubmitter
{
    Task<string> ScheduleNewOrchestrationInstanceAsync(TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default);
}
