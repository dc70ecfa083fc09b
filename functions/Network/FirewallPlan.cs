using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Clusters;
using MeshPort.Exposures;

namespace MeshPort.Network;

/// <summary>A rule that is to be written into the security group.</summary>
/// <param name="Exposures">That it serves.</param>
internal sealed record FirewallRule(string Name, IReadOnlyList<NamedExposure> Exposures, JsonObject Body);

/// <summary>
/// Which rules the security group of a subnet should have of ours, pure. The load balancer hands packets on with their own destination, so a rule allows a load balancer address
/// and Service ports (domain facts, section 6). One rule serves all exposures with the same address and sources, since a group has a thousand rules. A rule keeps its priority.
/// </summary>
/// <param name="Puts">In the order of their names.</param>
/// <param name="Deletes">Names of rules of ours that nothing wants any more.</param>
/// <param name="Refused">By exposure: what is in the way.</param>
internal sealed record FirewallPlan(IReadOnlyList<FirewallRule> Puts, IReadOnlyList<string> Deletes, IReadOnlyDictionary<string, Verdict> Refused)
{
    private const int FirstPriority = 500;
    private const int LastPriority = 4096;
    private const int MostRules = 1000;

    /// <summary>With what the names of our rules for a cluster begin; another installation's begin otherwise.</summary>
    public static string Prefix(string installation, ClusterId cluster) => $"meshport-{Hash($"{installation}|{cluster.Key}")}-";

    /// <param name="group">The security group as ARM answers it.</param>
    /// <param name="exposures">Those that have an address.</param>
    public static FirewallPlan Make(JsonObject group, string prefix, IEnumerable<NamedExposure> exposures)
    {
        var rules = (group["properties"]?["securityRules"] as JsonArray ?? []).OfType<JsonObject>().ToDictionary(rule => rule["name"]?.GetValue<string>() ?? "", StringComparer.OrdinalIgnoreCase);
        var taken = rules.Values.Where(SecurityRule.IsInbound).Select(SecurityRule.Priority).ToHashSet();
        var puts = new List<FirewallRule>();
        var refused = new Dictionary<string, Verdict>(StringComparer.Ordinal);
        var wanted = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var members in exposures.GroupBy(exposure => (exposure.Address, exposure.Spec.Gateway, Sources: string.Join(' ', exposure.Spec.AllowedSources))).OrderBy(members => $"{members.Key}", StringComparer.Ordinal))
        {
            var name = prefix + Hash($"{members.Key.Address}|{members.Key.Gateway}|{members.Key.Sources}");
            wanted.Add(name);
            var served = members.ToList();
            var found = rules.GetValueOrDefault(name);
            if ((found is null ? Free(taken) : SecurityRule.Priority(found)) is not { } priority || (found is null && rules.Count + puts.Count >= MostRules))
            {
                served.ForEach(exposure => refused[exposure.Name] = Verdict.False(Reasons.FirewallFull, $"Security group {group["name"]} has no room for another rule; remove rules or priorities from it."));
                continue;
            }

            taken.Add(priority);
            var body = SecurityRule.Allow(priority, members.Key.Address ?? "", served[0].Spec, served.Select(exposure => exposure.Spec.Port));
            if (RoutePlan.Difference(body["properties"], found?["properties"], "properties") is not null)
            {
                puts.Add(new FirewallRule(name, served, body));
            }

            foreach (var exposure in served)
            {
                if (rules.Values.FirstOrDefault(rule => SecurityRule.Forbids(rule, priority, exposure)) is { } deny)
                {
                    refused[exposure.Name] = Verdict.False(Reasons.FirewallConflict, $"Rule {deny["name"]} of the subnet's security group forbids {exposure.Address}:{exposure.Spec.Port} before MeshPort's rule {name} (priority {priority}) allows it; change that rule.");
                }
            }
        }

        return new FirewallPlan(puts, [.. rules.Keys.Where(name => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && !wanted.Contains(name))], refused);
    }

    private static int? Free(HashSet<int> taken) =>
        Enumerable.Range(FirstPriority, LastPriority - FirstPriority + 1).Where(priority => !taken.Contains(priority)).Select(priority => (int?)priority).FirstOrDefault();

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
}
