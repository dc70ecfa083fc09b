namespace MeshPort.WebConsole.Views;

/// <summary>Whether something works, as MeshPort last observed it.</summary>
public enum Tone
{
    /// <summary>Not observed, in progress, or observed for an earlier spec.</summary>
    Unknown,
    Good,
    Bad,
}

/// <summary>A station of the path from a client to a pod.</summary>
public enum HopKind
{
    Client,
    Address,
    Firewall,
    Rule,
    ServicePort,
    Listener,
    Route,
    Backend,
    Pods,
}

/// <param name="Names">The objects of the station, one a line.</param>
/// <param name="Word">The tone for people.</param>
/// <param name="Condition">The type of the condition that decides; null without one.</param>
/// <param name="Message">What MeshPort observed.</param>
/// <param name="Advice">What to do; null when there is nothing to do.</param>
/// <param name="Repair">The last repair of one of the objects; null without one.</param>
public sealed record Hop(
    HopKind Kind,
    string Title,
    IReadOnlyList<string> Names,
    Tone Tone,
    string Word,
    string? Condition,
    string Reason,
    string Message,
    string? Advice,
    RepairNote? Repair = null
);

/// <summary>A repair that the history of an exposure tells.</summary>
public sealed record RepairNote(DateTimeOffset At, string Message);
