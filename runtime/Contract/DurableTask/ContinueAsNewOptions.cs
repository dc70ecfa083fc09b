namespace MeshPort.Runtime.Contract.DurableTask;

/// <summary>How an orchestration starts again.</summary>
public class ContinueAsNewOptions
{
    public object? NewInput { get; set; }

    /// <summary>Whether the next execution gets the events that this one has not taken.</summary>
    public bool PreserveUnprocessedEvents { get; set; } = true;

    /// <summary>The version of the next execution; the same when null.</summary>
    public string? NewVersion { get; set; }
}
