using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>
/// The exposures that share the DestinationRules of their backends, pure. A rule belongs to all of them, so it follows the one that is
/// routed now, not the first by name: an obstacle of one exposure takes nothing from the others.
/// </summary>
/// <param name="Versions">By host, the PROXY protocol.</param>
/// <param name="Without">The exposures that count for no rule.</param>
/// <param name="IsHeldUp">Whether MeshPort writes nothing for an exposure.</param>
internal sealed record RuleUsers(
    IReadOnlyDictionary<string, ProxyProtocol?> Versions,
    IReadOnlySet<string> Without,
    Func<string, bool> IsHeldUp
)
{
    /// <param name="unrouted">The exposures whose routes are deleted.</param>
    public static RuleUsers Of(ProxyProtocols proxies, IEnumerable<string> unrouted, Func<string, bool> isHeldUp) =>
        new(proxies.Versions, proxies.Conflicts.Keys.Concat(unrouted).ToHashSet(StringComparer.Ordinal), isHeldUp);

    /// <summary>The exposures of a rule, first the one whose fate the rule shares.</summary>
    public IReadOnlyList<string> OwnerFirst(IEnumerable<string> exposures) =>
        [.. exposures.Distinct().OrderBy(IsHeldUp).ThenBy(exposure => exposure, StringComparer.Ordinal)];
}
