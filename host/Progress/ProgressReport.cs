namespace MeshPort.Host.Progress;

/// <summary>The result of one poll: all steps, and the state of each exposure.</summary>
/// <param name="Lost">Why there is nothing newer: a sentence. Null while the server answers.</param>
internal sealed record ProgressReport(IReadOnlyList<JourneyStep> Steps, IReadOnlyList<ExposureState> Exposures, string? Lost = null)
{
    public static readonly ProgressReport Empty = new([], []);
}

/// <param name="Status">The status of <c>Ready</c>.</param>
/// <param name="Address">The public address with the port. Null while it is unknown.</param>
internal sealed record ExposureState(string Name, string Status, string Reason, string Message, string? Address)
{
    public bool IsReady => Status == "True";
}
