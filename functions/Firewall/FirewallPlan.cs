using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Firewall;

/// <summary>A rule that is to be written into the security group.</summary>
/// <param name="Exposures">That it serves.</param>
internal sealed record FirewallRule(string Name, IReadOnlyList<NamedExposure> Exposures, JsonObject Body);

/// <summary>
/// Which rules the security group of a subnet should have of ours, pure. The load balancer hands packets on with their own destination, so a rule allows a load balancer address
/// and Service ports (domain facts, section 6). One rule serves all exposures with the same address and sources, since a group has a thousand rules; where the group alone keeps others
/// out, a second one behind it forbids the ports to everybody else. A rule keeps its priority.
/// </summary>
/// <param name="Puts">In the order of their names.</param>
/// <param name="Deletes">Names of rules of ours that nothing wants any more.</param>
/// <param name="Refused">By exposure: what is in the way.</param>
/// <param name="Narrowing">By exposure: the rule that lets others in until Azure has changed it, or that keeps them out only then.</param>
internal sealed record FirewallPlan(
    IReadOnlyList<FirewallRule> Puts,
    IReadOnlyList<string> Deletes,
    IReadOnlyDictionary<string, Observation> Refused,
    IReadOnlyDictionary<string, string> Narrowing
)
{
    private const int FirstPriority = 500;
    private const int LastPriority = 4096;
    private const int MostRules = 1000;

    /// <summary>With what the names of our rules for a cluster begin; another installation's begin otherwise.</summary>
    public static string Prefix(string installation, ClusterId cluster) => $"meshport-{Hash($"{installation}|{cluster.Key}")}-";

    /// <param name="group">The security group as ARM answers it.</param>
    /// <param name="exposures">Those that have an address.</param>
    /// <param name="isOnlyGuard">Whether nothing else keeps out those who are not among <c>allowedSources</c>.</param>
    public static FirewallPlan Make(JsonObject group, string prefix, IEnumerable<NamedExposure> exposures, bool isOnlyGuard)
    {
        var rules = (group["properties"]?["securityRules"] as JsonArray ?? [])
            .OfType<JsonObject>()
            .ToDictionary(rule => rule["name"]?.GetValue<string>() ?? "", StringComparer.OrdinalIgnoreCase);
        var taken = rules.Values.Where(SecurityRule.IsInbound).Select(SecurityRule.Priority).ToHashSet();
        var puts = new List<FirewallRule>();
        var refused = new Dictionary<string, Observation>(StringComparer.Ordinal);
        var narrowing = new Dictionary<string, string>(StringComparer.Ordinal);
        var wanted = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var all = exposures.ToList();
        foreach (
            var members in all.GroupBy(exposure =>
                    (exposure.Address, exposure.Spec.Gateway, Sources: string.Join(' ', exposure.Spec.AllowedSources))
                )
                .OrderBy(members => $"{members.Key}", StringComparer.Ordinal)
        )
        {
            var name = prefix + Hash($"{members.Key.Address}|{members.Key.Gateway}|{members.Key.Sources}");
            var (served, address) = (members.ToList(), members.Key.Address ?? "");
            var ports = served.ConvertAll(exposure => exposure.Spec.Port);
            if (Want(name, served, 0, place => SecurityRule.Allow(place, address, served[0].Spec, ports)) is not { } priority)
            {
                continue;
            }

            // Who shares a port with others' sources is refused before (SourceRestriction), and takes nothing from those.
            var guarded =
                isOnlyGuard && members.Key.Sources.Length > 0
                    ? served.Where(exposure => all.TrueForAll(other => !Shares(exposure, other))).ToList()
                    : [];
            var last =
                guarded.Count == 0
                    ? priority
                    : Want(
                        DenyName(name),
                        guarded,
                        priority + 1,
                        place => SecurityRule.Deny(place, address, guarded.Select(exposure => exposure.Spec.Port))
                    );
            if (last is null)
            {
                continue;
            }

            foreach (var exposure in served)
            {
                if (rules.Values.FirstOrDefault(rule => SecurityRule.Forbids(rule, priority, exposure) && !IsOurs(rule)) is { } deny)
                {
                    refused[exposure.Name] = Observation.False(
                        Reasons.FirewallConflict,
                        $"Rule {deny["name"]} of the subnet's security group forbids {exposure.Address}:{exposure.Spec.Port} before MeshPort's rule {name} (priority {priority}) allows it; change that rule."
                    );
                }
                else if (
                    last > priority
                    && rules.Values.FirstOrDefault(rule =>
                        SecurityRule.Priority(rule) < last && SecurityRule.LetsOthersIn(rule, exposure) && !IsOurs(rule)
                    )
                        is { } open
                )
                {
                    refused[exposure.Name] = Observation.False(
                        Reasons.FirewallConflict,
                        $"Rule {open["name"]} of the subnet's security group lets others than allowedSources to {exposure.Address}:{exposure.Spec.Port} before MeshPort's rule {DenyName(name)} (priority {last}) keeps them out; narrow that rule."
                    );
                }
                else if (exposure.Spec.AllowedSources.Count > 0 && Loose(name, exposure, guarded.Contains(exposure)) is { } loose)
                {
                    narrowing[exposure.Name] = loose;
                }
            }
        }

        return new FirewallPlan(
            puts,
            [
                .. rules
                    .Where(rule => IsOurs(rule.Value) && !wanted.Contains(rule.Key) && !SecurityRule.IsBeingDeleted(rule.Value))
                    .Select(rule => rule.Key),
            ],
            refused,
            narrowing
        );

        bool IsOurs(JsonObject rule) => rule["name"]?.GetValue<string>().StartsWith(prefix, StringComparison.OrdinalIgnoreCase) == true;

        // The priority that the rule has or gets; null when there is no room.
        int? Want(string name, List<NamedExposure> served, int first, Func<int, JsonObject> body)
        {
            wanted.Add(name);
            var found = rules.GetValueOrDefault(name);
            var place =
                found is not null && SecurityRule.Priority(found) >= first
                    ? SecurityRule.Priority(found)
                    : Free(taken, Math.Max(first, FirstPriority));
            if (place is not { } priority || (found is null && rules.Count + puts.Count >= MostRules))
            {
                served.ForEach(exposure =>
                    refused[exposure.Name] = Observation.False(
                        Reasons.FirewallFull,
                        $"Security group {group["name"]} has no room for another rule; remove rules or priorities from it."
                    )
                );
                return null;
            }

            taken.Add(priority);
            if (body(priority) is var rule && (found is null || !SecurityRule.IsSame(rule, found)))
            {
                puts.Add(new FirewallRule(name, served, rule));
            }

            return priority;
        }

        // A rule of ours by which others still come in, as far as the group was observed.
        string? Loose(string name, NamedExposure exposure, bool needsDeny) =>
            rules.Values.FirstOrDefault(rule => IsOurs(rule) && SecurityRule.LetsOthersIn(rule, exposure))?["name"]?.GetValue<string>()
            ?? (
                needsDeny
                && !(
                    rules.TryGetValue(DenyName(name), out var deny)
                    && SecurityRule.IsInEffect(deny)
                    && puts.TrueForAll(rule => rule.Name != DenyName(name))
                )
                    ? DenyName(name)
                    : null
            );
    }

    private static bool Shares(NamedExposure one, NamedExposure other) =>
        one.Address == other.Address
        && one.Spec.Port == other.Spec.Port
        && !one.Spec.AllowedSources.SequenceEqual(other.Spec.AllowedSources);

    private static string DenyName(string name) => $"{name}-others";

    private static int? Free(HashSet<int> taken, int first) =>
        Enumerable
            .Range(first, Math.Max(0, LastPriority - first + 1))
            .Where(priority => !taken.Contains(priority))
            .Select(priority => (int?)priority)
            .FirstOrDefault();

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
}
