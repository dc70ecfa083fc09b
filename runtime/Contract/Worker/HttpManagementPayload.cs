namespace MeshPort.Runtime.Contract.Worker;

/// <summary>Where an instance is managed over HTTP. The order is that of the answer's JSON (functions-api A6).</summary>
public class HttpManagementPayload
{
    public string? Id { get; internal init; }

    public string? StatusQueryGetUri { get; internal init; }

    /// <summary>With {eventName} to be put in.</summary>
    public string? SendEventPostUri { get; internal init; }

    /// <summary>With {{text}} for the reason: two braces on each side, as the official extension writes it.</summary>
    public string? TerminatePostUri { get; internal init; }

    /// <summary>Null: the official extension does not fill it.</summary>
    public string? RewindPostUri { get; internal init; }

    public string? PurgeHistoryDeleteUri { get; internal init; }

    /// <summary>Null: the official extension does not fill it.</summary>
    public string? RestartPostUri { get; internal init; }

    public string? SuspendPostUri { get; internal init; }

    public string? ResumePostUri { get; internal init; }
}
