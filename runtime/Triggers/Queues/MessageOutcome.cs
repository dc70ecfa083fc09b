namespace MeshPort.Runtime.Triggers.Queues;

/// <summary>How a function ended with a message.</summary>
internal enum MessageOutcome
{
    Succeeded,
    Failed,

    /// <summary>It was cancelled because the host stops: not the message's fault.</summary>
    Interrupted,
}
