namespace MeshPort.WebConsole.Views;

/// <summary>What is known about stations that are not green. Pure.</summary>
/// <param name="Hops">The stations with the same reason and message; at least one, and the client last.</param>
public sealed record Finding(IReadOnlyList<Hop> Hops)
{
    /// <summary>The station that the finding is about, where its reason is about one.</summary>
    public Hop First => Hops[0];

    public string Title => string.Join(", ", Hops.Select(hop => hop.Title));

    /// <summary>Red ones first, each in the order of the path.</summary>
    public static IReadOnlyList<Finding> Of(IReadOnlyList<Hop> path) =>
        [
            .. path.Where(hop => hop.Tone != Tone.Good)
                .GroupBy(hop => (hop.Tone, hop.Reason, hop.Message))
                .OrderByDescending(group => group.Key.Tone == Tone.Bad)
                .Select(group => new Finding([.. group.OrderBy(hop => hop.Kind == HopKind.Client)])),
        ];
}
