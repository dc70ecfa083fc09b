namespace MeshPort.Runtime.Contract.DurableTask.Client;

public enum OrchestrationRuntimeStatus
{
    Running = 0,
    Completed = 1,
    [Obsolete("The state is not used.")]
    ContinuedAsNew = 2,
    Failed = 3,
    [Obsolete("The state is not used.")]
    Canceled = 4,
    Terminated = 5,
    Pending = 6,
    Suspended = 7,
}
