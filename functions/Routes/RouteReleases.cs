using System.Globalization;
using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Routes;

/// <summary>The release of parts of one object of others, in one write.</summary>
/// <param name="Change">Deletes the object, or removes the parts.</param>
/// <param name="Entries">The parts, with the exposures that take them over.</param>
internal sealed record RouteRelease(Change Change, IReadOnlyList<(NamedExposure Exposure, ForeignEntry Entry)> Entries)
{
    public IEnumerable<string> Exposures => Entries.Select(one => one.Exposure.Name).Distinct();

    /// <summary>The fields that MeshPort's objects have differently.</summary>
    public IReadOnlyList<FieldDifference> Differences =>
        [.. Entries.SelectMany(one => one.Entry.Differences).DistinctBy(difference => difference.Pointer)];

    /// <summary>The mark of the release in the status of its exposures.</summary>
    public string Mark => Entries[0].Entry.Mark(Change.Action == ChangeAction.Delete);
}

/// <summary>
/// Decides how exposures take over servers and rules of others, pure. Each pass does one thing, so that clients are always served: Istio
/// prefers the oldest Gateway, and a Gateway without a route has no listener. The first row that fits an exposure counts:
/// <code>
/// the exposure                        | MeshPort's Gateway and VirtualService | released now                | result
/// ------------------------------------+---------------------------------------+-----------------------------+---------------
/// is blocked, or has an obstacle      | any                                   | nothing                     | as without adoption
/// any other                           | not as desired                        | nothing                     | wait, Adopting
/// has servers of several Gateways     | as desired                            | those of all but the oldest | wait, Adopting
/// has servers of one Gateway          | as desired                            | the servers                 | wait, Adopting
/// has only rules of others            | as desired                            | the rules                   | as without adoption
/// </code>
/// The oldest Gateway serves the clients, and a younger one need not have a route. If the oldest went while the API server keeps a younger
/// one, nothing would serve the port.
/// <para>
/// An object of which nothing else is left is deleted. Otherwise a patch removes the parts. Both name the observed version.
/// </para>
/// </summary>
/// <param name="Due">What is released now.</param>
/// <param name="All">What is released in the end, for a dry run.</param>
/// <param name="Waits">By exposure, why it waits.</param>
internal sealed record RouteReleases(
    IReadOnlyList<RouteRelease> Due,
    IReadOnlyList<RouteRelease> All,
    IReadOnlyDictionary<string, StepResult> Waits
)
{
    /// <param name="adoptions">The exposures that can take over parts of others.</param>
    /// <param name="changes">The changes of MeshPort's own objects.</param>
    public static RouteReleases Of(IEnumerable<(NamedExposure Exposure, RouteAdoption Adoption)> adoptions, IReadOnlyList<Change> changes)
    {
        var due = new List<(NamedExposure, ForeignEntry)>();
        var all = new List<(NamedExposure, ForeignEntry)>();
        var waits = new Dictionary<string, StepResult>(StringComparer.Ordinal);
        foreach (var (exposure, adoption) in adoptions)
        {
            var parts = adoption.Servers.Concat(adoption.Rules).ToList();
            var isReady = !changes.Any(change => change.Exposures.Contains(exposure.Name) && change.Action != ChangeAction.Delete);
            var now =
                !isReady ? []
                : adoption.Servers.Count > 0 ? Next(adoption.Servers)
                : adoption.Rules;
            all.AddRange(parts.Select(part => (exposure, part)));
            due.AddRange(now.Select(part => (exposure, part)));
            if (now.Count < parts.Count)
            {
                waits[exposure.Name] = StepResult.AskAgain(
                    Reasons.Adopting,
                    $"The exposure takes over {string.Join(", ", parts.Select(part => part.Target).Distinct())}. "
                        + (isReady ? "The next pass releases the rest." : "The next pass releases them: MeshPort's own objects come first.")
                );
            }
        }

        return new RouteReleases(Group(due), Group(all), waits);
    }

    /// <summary>The servers of all Gateways but the oldest, or those of the oldest when it is the only one.</summary>
    private static IReadOnlyList<ForeignEntry> Next(IReadOnlyList<ForeignEntry> servers) =>
        servers.Where(server => server.Target != servers[0].Target).ToList() is { Count: > 0 } younger ? younger : servers;

    private static IReadOnlyList<RouteRelease> Group(IEnumerable<(NamedExposure Exposure, ForeignEntry Entry)> entries) =>
        [.. entries.GroupBy(one => one.Entry.Target).Select(group => Release([.. group]))];

    private static RouteRelease Release(IReadOnlyList<(NamedExposure Exposure, ForeignEntry Entry)> entries)
    {
        var (target, found) = (entries[0].Entry.Target, entries[0].Entry.Found);
        var pointers = Whole(found["spec"], entries.Select(one => one.Entry.Pointer).ToHashSet(StringComparer.Ordinal));
        var owners = string.Join(", ", entries.Select(one => one.Exposure.Name).Distinct());
        return new RouteRelease(
            pointers.Count == 0
                ? new Change(
                    ChangeAction.Delete,
                    target,
                    $"MeshPort's objects of {owners} take its place.",
                    null,
                    entries[0].Exposure.Name,
                    found.Uid(),
                    ResourceVersion: found.ResourceVersion()
                )
                : new Change(
                    ChangeAction.Update,
                    target,
                    $"MeshPort's objects of {owners} take the place of {string.Join(", ", pointers)}, which is removed.",
                    null,
                    entries[0].Exposure.Name,
                    UnmanagedFields: new FieldRemoval(found.ResourceVersion() ?? "", pointers)
                ),
            entries
        );
    }

    /// <summary>
    /// The parts to remove, in the order of their removal. A rule of which all matches are removed goes as a whole, since a rule without a
    /// match applies to every connection.
    /// </summary>
    /// <returns>Empty when nothing would be left of the object.</returns>
    private static IReadOnlyList<string> Whole(JsonNode? spec, HashSet<string> pointers)
    {
        if (spec?["servers"] is JsonArray servers)
        {
            return servers.Count == pointers.Count ? [] : Ordered("/spec/servers", servers, pointers.Contains);
        }

        var rules = spec.Items("tcp")
            .Index()
            .Reverse()
            .Select(rule => (Pointer: At("/spec/tcp", rule.Index), Matches: rule.Item["match"] as JsonArray ?? []))
            .Select(rule => (rule.Pointer, Matches: Ordered($"{rule.Pointer}/match", rule.Matches, pointers.Contains), rule.Matches.Count))
            .Select(rule =>
                (
                    rule.Pointer,
                    rule.Matches,
                    IsWhole: pointers.Contains(rule.Pointer) || (rule.Count > 0 && rule.Matches.Count == rule.Count)
                )
            )
            .ToList();
        return !rules.TrueForAll(rule => rule.IsWhole) ? [.. rules.SelectMany(rule => rule.IsWhole ? [rule.Pointer] : rule.Matches)]
            : spec.Items("http").Any() || spec.Items("tls").Any() ? ["/spec/tcp"]
            : [];
    }

    /// <summary>The last item first, since a removal moves the later items up.</summary>
    private static IReadOnlyList<string> Ordered(string list, JsonArray items, Func<string, bool> isRemoved) =>
        [.. Enumerable.Range(0, items.Count).Reverse().Select(index => At(list, index)).Where(isRemoved)];

    private static string At(string list, int index) => string.Create(CultureInfo.InvariantCulture, $"{list}/{index}");
}
