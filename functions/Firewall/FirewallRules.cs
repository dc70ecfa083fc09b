using System.Text.Json.Nodes;
using MeshPort.Model;

namespace MeshPort.Firewall;

/// <summary>The way in which other sources are kept out of an exposure.</summary>
internal enum Narrows
{
    /// <summary>A rule that allows fewer.</summary>
    ByAllow,

    /// <summary>A rule that denies the others, too.</summary>
    ByDeny,

    /// <summary>At the gateway, whatever the security group allows.</summary>
    Elsewhere,
}

/// <summary>The rules of a security group while a plan for it is made.</summary>
/// <param name="group">The security group as ARM answers it.</param>
/// <param name="prefix">The prefix of the names of MeshPort's rules.</param>
/// <param name="probe">The health probe of an exposure with one port.</param>
internal sealed class FirewallRules(JsonObject group, string prefix, Func<NamedExposure, HealthProbe> probe)
{
    private const int FirstPriority = 500;
    private const int LastPriority = 4096;
    private const int MostRules = 1000;
    private const string OfOthers = "-others";
    private readonly Dictionary<string, JsonObject> _rules = Rules(group);
    private readonly AddressRoom _room = new(Rules(group).Values);
    private readonly HashSet<int> _taken = Rules(group).Values.Where(SecurityRule.IsInbound).Select(SecurityRule.Priority).ToHashSet();

    /// <summary>The rules of others that may be about health probes.</summary>
    private readonly List<JsonObject> _ofProbes = [.. Others(group, prefix).Where(HealthProbe.MayConcern)];

    private readonly HashSet<string> _wanted = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The ports that nobody wants and that may still be open. Rules that deny them stay.</summary>
    public IReadOnlyList<NamedExposure> Closing { get; init; } = [];

    /// <summary>Whether a rule that denies, and that the plan does not want, stays for another reason.</summary>
    public Func<JsonObject, bool> StillDenied { get; init; } = _ => false;

    public List<FirewallRule> Puts { get; } = [];

    public Dictionary<string, Observation> Refused { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Narrowing { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Returning { get; } = new(StringComparer.Ordinal);

    public static Dictionary<string, JsonObject> Rules(JsonObject group) =>
        (group["properties"]?["securityRules"] as JsonArray ?? [])
            .OfType<JsonObject>()
            .ToDictionary(rule => rule["name"]?.GetValue<string>() ?? "", StringComparer.OrdinalIgnoreCase);

    /// <summary>The rules that MeshPort has not written.</summary>
    public static IEnumerable<JsonObject> Others(JsonObject group, string prefix) =>
        Rules(group).Values.Where(rule => !IsOurs(rule, prefix));

    /// <summary>The rule that denies the ports to everybody else.</summary>
    public static string DenyName(string name) => $"{name}{OfOthers}";

    public static bool IsDenyName(string name) => name.EndsWith(OfOthers, StringComparison.OrdinalIgnoreCase);

    /// <summary>The ports that a rule denies and that may still be open.</summary>
    public IEnumerable<int> ClosingPorts(string name) =>
        _rules.TryGetValue(name, out var rule) ? Closing.Where(part => SecurityRule.Denies(rule, part)).Select(part => part.Spec.Port) : [];

    /// <summary>Whether a rule that the plan does not want stays, since it denies a port that may still be open.</summary>
    public bool KeepsUnwanted => NotWanted.Any(rule => IsNeeded(rule.Key, rule.Value));

    private IEnumerable<KeyValuePair<string, JsonObject>> NotWanted =>
        _rules.Where(rule => IsOurs(rule.Value) && !_wanted.Contains(rule.Key) && !SecurityRule.IsBeingDeleted(rule.Value));

    /// <summary>MeshPort's rules that the plan deletes.</summary>
    public IReadOnlyList<string> Unwanted() => [.. NotWanted.Where(rule => !IsNeeded(rule.Key, rule.Value)).Select(rule => rule.Key)];

    /// <summary>
    /// The changes that open more than before unless a rule that denies is written first: a rule that denies gives up an exposure that the
    /// other one takes over, and a new rule allows what the other one denies to others.
    /// </summary>
    /// <returns>By rule, the rules that must be written before.</returns>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Awaits()
    {
        var denies = Puts.Where(rule => rule.IsDeny).ToList();
        return Puts.Select(rule => rule.Name)
            .Concat(Unwanted())
            .Select(name => KeyValuePair.Create(name, Awaited(name, denies)))
            .Where(one => one.Value.Count > 0)
            .ToDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <param name="first">The lowest number of its priority.</param>
    /// <param name="body">Makes the rule for a priority.</param>
    /// <returns>The priority that the rule has or gets; null when the group has no room.</returns>
    public int? Want(string name, List<NamedExposure> served, int first, Func<int, JsonObject> body)
    {
        _wanted.Add(name);
        var found = _rules.GetValueOrDefault(name);
        if (PriorityOf(found, first) is not { } priority || (found is null && _rules.Count + Puts.Count >= MostRules))
        {
            return Refuse(served, "has no room for another rule. Remove rules or priorities from it.");
        }

        var rule = body(priority);
        if (found is not null && SecurityRule.IsBeingDeleted(found))
        {
            served.ForEach(exposure => Returning[exposure.Name] = name);
        }
        else if (found is null || !SecurityRule.IsSame(rule, found) || SecurityRule.HasFailed(found))
        {
            if (_room.Take(found, rule) is not { } lack)
            {
                Puts.Add(new FirewallRule(name, served, rule));
            }
            else if (found is null)
            {
                return Refuse(served, lack);
            }
            else
            {
                Refuse([.. served.Where(exposure => !Serves(found, exposure))], lack);
            }
        }

        _taken.Add(priority);
        return priority;
    }

    /// <summary>Compares an exposure's rules with the other rules of the group.</summary>
    /// <param name="allow">The priority of the rule that allows it.</param>
    /// <param name="deny">The priority of the rule that denies it to others; the same as <paramref name="allow"/> without one.</param>
    public void Judge(string name, NamedExposure exposure, int allow, int deny, Narrows narrows)
    {
        if (PortResults.Find(exposure, part => Refusal(name, part, allow, deny)) is { } refusal)
        {
            Refused[exposure.Name] = refusal;
        }
        else if (
            exposure.Spec.AllowedSources.Count > 0
            && narrows != Narrows.Elsewhere
            && exposure.Parts.Select(part => FindLoose(name, part, narrows == Narrows.ByDeny)).FirstOrDefault(rule => rule is not null)
                is { } loose
        )
        {
            Narrowing[exposure.Name] = loose;
        }
    }

    /// <summary>Keeps a rule that exists, although another one has no room.</summary>
    public void Keep(string name) => _wanted.Add(name);

    /// <summary>Whether a rule that cannot be written does for the exposure as it is.</summary>
    private static bool Serves(JsonObject found, NamedExposure exposure) =>
        exposure.Parts.All(part =>
            SecurityRule.Denies(found, part) || (SecurityRule.Admits(found, int.MaxValue, part) && !SecurityRule.LetsOthersIn(found, part))
        );

    private int? Refuse(List<NamedExposure> served, string lack)
    {
        served.ForEach(exposure =>
            Refused[exposure.Name] = Observation.False(Reasons.FirewallFull, $"Security group {group["name"]} {lack}")
        );
        return null;
    }

    private Observation? Refusal(string name, NamedExposure exposure, int allow, int deny)
    {
        if (
            Others().Where(rule => SecurityRule.Forbids(rule, allow, exposure)).MinBy(SecurityRule.Priority) is { } forbidding
            && !Others().Any(rule => SecurityRule.Admits(rule, SecurityRule.Priority(forbidding), exposure))
        )
        {
            return Observation.False(
                Reasons.FirewallConflict,
                $"Rule {forbidding["name"]} of the subnet's security group forbids {Endpoint(exposure)} "
                    + $"before MeshPort's rule {name} (priority {allow}) allows it. Change that rule."
            );
        }

        if (_ofProbes.Count > 0 && probe(exposure) is var ofExposure && ofExposure.FindDenial(_ofProbes) is { } first)
        {
            return Observation.False(
                Reasons.FirewallConflict,
                $"Rule {first["name"]} of the subnet's security group (priority {SecurityRule.Priority(first)}) denies the health probes "
                    + $"of Azure's load balancer{(ofExposure.Port is { } port ? $" to port {port} of the nodes" : "")}, "
                    + "which then sends no connection to the nodes. "
                    + $"Allow the source {HealthProbe.Tag} with a lower priority number, or narrow that rule."
            );
        }

        return deny > allow && Others().FirstOrDefault(rule => IsOpenBefore(rule, deny, exposure)) is { } open
            ? Observation.False(
                Reasons.FirewallConflict,
                $"Rule {open["name"]} of the subnet's security group lets others than allowedSources "
                    + $"to {Endpoint(exposure)} before MeshPort's rule {DenyName(name)} "
                    + $"(priority {deny}) keeps them out. Narrow that rule."
            )
            : null;
    }

    private IReadOnlyList<string> Awaited(string name, List<FirewallRule> denies) =>
        [
            .. denies
                .Where(deny =>
                    _rules.TryGetValue(name, out var before)
                        ? deny.Name != name && deny.Exposures.Any(exposure => exposure.Parts.Any(part => SecurityRule.Denies(before, part)))
                        : deny.Name == DenyName(name)
                )
                .Select(deny => deny.Name),
        ];

    private bool IsNeeded(string name, JsonObject rule) => SecurityRule.IsDeny(rule) && (StillDenied(rule) || ClosingPorts(name).Any());

    private static string Endpoint(NamedExposure exposure) => IpFamilies.Endpoint(exposure.Address ?? "", exposure.Spec.Port);

    private static bool IsOpenBefore(JsonObject rule, int deny, NamedExposure exposure) =>
        SecurityRule.Priority(rule) < deny && SecurityRule.LetsOthersIn(rule, exposure);

    private IEnumerable<JsonObject> Others() => _rules.Values.Where(rule => !IsOurs(rule));

    private bool IsOurs(JsonObject rule) => IsOurs(rule, prefix);

    private static bool IsOurs(JsonObject rule, string prefix) =>
        rule["name"]?.GetValue<string>().StartsWith(prefix, StringComparison.OrdinalIgnoreCase) == true;

    private int? PriorityOf(JsonObject? found, int first) =>
        found is not null && SecurityRule.Priority(found) >= first
            ? SecurityRule.Priority(found)
            : Enumerable
                .Range(Math.Max(first, FirstPriority), Math.Max(0, LastPriority - Math.Max(first, FirstPriority) + 1))
                .Where(priority => !_taken.Contains(priority))
                .Select(priority => (int?)priority)
                .FirstOrDefault();

    /// <returns>A rule of MeshPort, as Azure has it now, that lets in other sources or does not keep them out yet.</returns>
    private string? FindLoose(string name, NamedExposure exposure, bool needsDeny)
    {
        var tooOpen = _rules.Values.FirstOrDefault(rule => IsOurs(rule) && SecurityRule.LetsOthersIn(rule, exposure));
        var isDenied =
            _rules.TryGetValue(DenyName(name), out var deny)
            && SecurityRule.IsInEffect(deny)
            && Puts.TrueForAll(rule => rule.Name != DenyName(name));
        return tooOpen?["name"]?.GetValue<string>() ?? (needsDeny && !isDenied ? DenyName(name) : null);
    }
}
