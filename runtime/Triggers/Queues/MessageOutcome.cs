namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>The result of a function's run for a message.</summary>
internal enum MessageOutcome
{
    Succeeded,
    Failed,

    /// <summary>The function was cancelled because the host stops. The message is not at fault.</summary>
    Interrupted,
}
