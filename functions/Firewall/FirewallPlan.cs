using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Firewall;

/// <summary>A rule to write into the security group.</summary>
/// <param name="Exposures">The exposures that it serves.</param>
internal sealed record FirewallRule(string Name, IReadOnlyList<NamedExposure> Exposures, JsonObject Body)
{
    /// <summary>Whether it keeps other sources out of them.</summary>
    public bool IsDeny => SecurityRule.IsDeny(Body);
}

/// <summary>
/// Decides MeshPort's rules in the security group of a subnet, pure. A group has at most 1,000 rules, so one rule serves all exposures with
/// the same address and sources (<see cref="AddressRoom"/> counts addresses and ports). An exposure with addresses of two families has a
/// rule for each. The load balancer keeps the destination of packets, so a rule allows an address of the load balancer and ports of
/// Services (domain facts, section 6).
/// <code>
/// needed | rule in the group                                         | change
/// -------+-----------------------------------------------------------+--------------------------------------
/// yes    | none                                                      | Put, with the first priority from 500
/// yes    | the same, in any order and spelling                       | none
/// yes    | differs, or Azure could not apply it                      | Put, with the priority that it has
/// yes    | being deleted                                             | none; the next pass puts it again
/// yes    | denies, before the rule that allows                       | Put, with a later priority
/// no     | of MeshPort, denies a port that may still be open         | none
/// no     | any other of MeshPort for this cluster                    | Delete
/// no     | being deleted, of others, or of another installation      | none
/// </code>
/// The result of an exposure; the first row that fits counts:
/// <code>
/// situation                                                          | result
/// -------------------------------------------------------------------+-------------------------
/// AKS manages the network, or the subnet has no security group       | True, NoSubnetFirewall
/// no room for its rule, or for the rule's addresses or ports         | False, FirewallFull
/// a rule of others denies it first, and no other allows it before    | False, FirewallConflict
/// a rule of others denies the load balancer's health probes          | False, FirewallConflict
/// only this group restricts its sources, others' rule allows more    | False, FirewallConflict
/// Azure refuses to change its rule, or the rule that allows more     | False, with Azure's reason
/// Azure is deleting its rule, from before                            | wait, Pending
/// a rule of MeshPort still allows more until Azure has changed it    | wait, Pending
/// else                                                               | True, AsDesired
/// </code>
/// Where ports of the add-on's Service may be open, a second rule behind the first one denies the ports to everybody else. Port 443 has
/// none: it would close the port for the other users of the gateway (ADR 20). Where the gateway itself keeps other sources out, rules of
/// others that allow more change nothing.
/// </summary>
/// <param name="Group">The name of the security group; null without one.</param>
/// <param name="Why">The reason why there is no security group.</param>
/// <param name="Puts">In the order of their names.</param>
/// <param name="Deletes">The names of MeshPort's rules that no exposure needs.</param>
/// <param name="Refused">By exposure, the reason why it stays closed or open to others.</param>
/// <param name="Returning">By exposure, the rule that Azure is deleting, and that the exposure needs again.</param>
/// <param name="Narrowing">By exposure, the rule that does not restrict its sources yet.</param>
/// <param name="Awaits">By rule that changes or goes, the rules that deny and must be written before it.</param>
internal sealed record FirewallPlan(
    string? Group,
    string Why,
    IReadOnlyList<FirewallRule> Puts,
    IReadOnlyList<string> Deletes,
    IReadOnlyDictionary<string, Observation> Refused,
    IReadOnlyDictionary<string, string> Returning,
    IReadOnlyDictionary<string, string> Narrowing,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Awaits
)
{
    /// <summary>
    /// The changes in the order in which they are made, without a body for a deletion. Rules that keep others out come first, so that a
    /// port is never more open than before.
    /// </summary>
    public IEnumerable<(string Name, JsonObject? Body)> Writes =>
        Puts.OrderBy(rule => (!rule.IsDeny, Awaits.ContainsKey(rule.Name)))
            .Select(rule => (rule.Name, (JsonObject?)rule.Body))
            .Concat(Deletes.Select(name => (name, (JsonObject?)null)));

    /// <summary>The prefix of the names of MeshPort's rules for a cluster. Another installation has another prefix.</summary>
    public static string Prefix(string installation, ClusterId cluster) => $"meshport-{Hash($"{installation}|{cluster.Key}")}-";

    /// <inheritdoc cref="FirewallRules.KeepsUnwanted"/>
    public bool KeepsUnwanted { get; init; }

    /// <summary>
    /// The part of the plan that is written before ports open: the rules that keep others out. Without them, an open port is open to the
    /// whole network.
    /// </summary>
    public FirewallPlan BeforeOpening => this with { Puts = [.. Puts.Where(rule => rule.IsDeny)], Deletes = [] };

    /// <param name="refusals">Of the changes before ports open, by rule.</param>
    /// <returns>Why no rule keeps others out of an exposure yet; null when one does.</returns>
    public StepResult? FindUnguarded(string exposure, IReadOnlyDictionary<string, Observation> refusals) =>
        Refused.GetValueOrDefault(exposure) is { Reason: Reasons.FirewallFull } full ? StepResult.Done(full)
        : Puts.Where(rule => rule.Exposures.Any(one => one.Name == exposure))
            .SelectMany(rule => Awaits.GetValueOrDefault(rule.Name, []).Prepend(rule.Name))
            .FirstOrDefault(refusals.ContainsKey)
            is { } refused
            ? StepResult.Done(
                refusals[refused] with
                {
                    Message = $"The port stays as it is, since no rule keeps others out. {Tell(refused, refusals[refused])}",
                }
            )
        : Returning.GetValueOrDefault(exposure) is { } deleted && FirewallRules.IsDenyName(deleted)
            ? StepResult.AskAgain(
                Reasons.Pending,
                $"Azure is still deleting rule {deleted} of security group {Group}. MeshPort then makes it again, and opens the port."
            )
        : null;

    private string Tell(string rule, Observation refusal) => $"Rule {rule} of security group {Group}: {refusal.Message}";

    /// <param name="exposures">The exposures that should exist. One without an address has no rule.</param>
    /// <param name="objects">The cluster as it is; <see cref="ClusterObjects.None"/> where it was not observed.</param>
    /// <param name="closing">
    /// The exposures that nobody wants, and whose ports may still be open; null when every port is closed that nobody wants.
    /// </param>
    public static FirewallPlan Of(
        FirewallSnapshot observed,
        IEnumerable<NamedExposure> exposures,
        ClusterSpec spec,
        ResourceStatus status,
        ClusterObjects objects,
        IReadOnlyCollection<NamedExposure>? closing = null
    )
    {
        var needsDeny = PreviousStrategy.MayHaveManagedPorts(spec, status);
        var all = observed.Id is null
            ? []
            : exposures.Where(exposure => exposure.Address is not null).SelectMany(exposure => exposure.ByAddress).ToList();
        var rules = new FirewallRules(observed.Group, observed.Prefix, exposure => HealthProbe.Of(exposure, spec, objects, observed.Nodes))
        {
            Closing = [.. (closing ?? []).SelectMany(PartsOf)],
            // Ports of the previous strategy may be open at an address that no exposure has any more.
            StillDenied =
                closing is not null && PreviousStrategy.HasManagedPorts(status, spec.Strategy)
                    ? rule => all.SelectMany(PartsOf).All(part => !SecurityRule.Denies(rule, part))
                    : _ => false,
        };
        foreach (
            var members in all.GroupBy(exposure =>
                    (exposure.Address, exposure.Spec.Gateway, Sources: string.Join(' ', exposure.Spec.AllowedSources))
                )
                .OrderBy(members => $"{members.Key}", StringComparer.Ordinal)
        )
        {
            var name = observed.Prefix + Hash($"{members.Key.Address}|{members.Key.Gateway}|{members.Key.Sources}");
            Plan(
                rules,
                name,
                [.. members],
                all,
                needsDeny && members.Key.Sources.Length > 0,
                exposure => SourceRestriction.IsAtGateway(exposure.Spec, spec, objects)
            );
        }

        return new FirewallPlan(
            observed.Id?.Name,
            observed.Why,
            rules.Puts,
            rules.Unwanted(),
            rules.Refused,
            rules.Returning,
            rules.Narrowing,
            rules.Awaits()
        )
        {
            KeepsUnwanted = rules.KeepsUnwanted,
        };
    }

    /// <summary>Whether a rule stays as it is, since Azure has refused a rule that must be written before.</summary>
    public bool IsHeldBack(string name, Func<string, bool> isRefused) => Awaits.TryGetValue(name, out var before) && before.Any(isRefused);

    /// <summary>
    /// The plan after Azure has refused some of its changes. Each concerns the exposures of its rule and of those that await it, and no
    /// others.
    /// </summary>
    /// <param name="refusals">By rule.</param>
    public FirewallPlan After(IReadOnlyDictionary<string, Observation> refusals)
    {
        if (refusals.Count == 0)
        {
            return this;
        }

        var refused = new Dictionary<string, Observation>(Refused, StringComparer.Ordinal);
        var concerned = Puts.SelectMany(rule =>
                rule.Exposures.SelectMany(exposure =>
                    Awaits.GetValueOrDefault(rule.Name, []).Prepend(rule.Name).Select(name => (Exposure: exposure.Name, Rule: name))
                )
            )
            .Concat(Narrowing.Select(one => (Exposure: one.Key, Rule: one.Value)));
        foreach (var (exposure, rule) in concerned)
        {
            // An obstacle that the plan has found comes first.
            if (refusals.TryGetValue(rule, out var refusal))
            {
                refused.TryAdd(exposure, refusal with { Message = Tell(rule, refusal) });
            }
        }

        return this with
        {
            Puts = [.. Puts.Where(rule => !refusals.ContainsKey(rule.Name) && !IsHeldBack(rule.Name, refusals.ContainsKey))],
            Refused = refused,
        };
    }

    /// <summary>The result of an exposure when the changes are written.</summary>
    public StepResult ResultOf(NamedExposure exposure) =>
        Group is null ? StepResult.Done(Observation.True(Reasons.NoSubnetFirewall, Why))
        : Refused.TryGetValue(exposure.Name, out var refusal) ? StepResult.Done(refusal)
        : Returning.TryGetValue(exposure.Name, out var deleted)
            ? StepResult.AskAgain(
                Reasons.Pending,
                $"Azure is still deleting rule {deleted} of security group {Group}. MeshPort then makes it again for {Tell(exposure)}."
            )
        : Narrowing.TryGetValue(exposure.Name, out var rule)
            ? StepResult.AskAgain(
                Reasons.Pending,
                $"Security group {Group} may let other sources than allowedSources to {Tell(exposure)} "
                    + $"until Azure has changed rule {rule}."
            )
        : StepResult.Done(Observation.True(Reasons.AsDesired, $"Security group {Group} lets {Tell(exposure)} through."));

    /// <summary>For people: <c>20.1.2.3:9000</c>, or <c>20.1.2.3, ports 21, 30000-30100</c>. Two addresses are told together.</summary>
    private static string Tell(NamedExposure exposure)
    {
        var addresses = exposure.Addresses.Select(address => address.Ip).DefaultIfEmpty("");
        return exposure.Spec.AllPorts is [var only]
            ? string.Join(" and ", addresses.Select(address => IpFamilies.Endpoint(address, only)))
            : $"{string.Join(" and ", addresses)}, {exposure.Spec.TellPorts()},";
    }

    /// <param name="isAtGateway">Whether the gateway itself keeps other sources out.</param>
    private static void Plan(
        FirewallRules rules,
        string name,
        List<NamedExposure> served,
        List<NamedExposure> all,
        bool needsDeny,
        Func<NamedExposure, bool> isAtGateway
    )
    {
        var address = served[0].Address ?? "";
        var ports = served.SelectMany(exposure => exposure.Spec.AllPorts).ToList();
        if (rules.Want(name, served, 0, place => SecurityRule.Allow(place, address, served[0].Spec, ports)) is not { } allow)
        {
            rules.Keep(FirewallRules.DenyName(name)); // its ports may be open
            return;
        }

        // An exposure that shares its port with other sources was refused before (SourceRestriction). It gets no Deny rule.
        var guarded = needsDeny
            ? served.Where(exposure => !IsShared(exposure) && all.TrueForAll(other => !Shares(exposure, other))).ToList()
            : [];
        var deny =
            guarded.Count == 0
                ? allow
                : rules.Want(
                    FirewallRules.DenyName(name),
                    guarded,
                    allow + 1,
                    place =>
                        SecurityRule.Deny(
                            place,
                            address,
                            guarded
                                .SelectMany(exposure => exposure.Spec.AllPorts)
                                .Concat(rules.ClosingPorts(FirewallRules.DenyName(name)))
                                .Distinct()
                        )
                );
        if (deny is { } last)
        {
            served.ForEach(exposure =>
            {
                var narrows =
                    needsDeny && isAtGateway(exposure) ? Narrows.Elsewhere
                    : guarded.Contains(exposure) ? Narrows.ByDeny
                    : Narrows.ByAllow;
                rules.Judge(name, exposure, allow, narrows == Narrows.Elsewhere ? allow : last, narrows);
            });
        }
    }

    private static IEnumerable<NamedExposure> PartsOf(NamedExposure exposure) => exposure.ByAddress.SelectMany(one => one.Parts);

    private static bool IsShared(NamedExposure exposure) => exposure.Spec.HasPort(GatewayPort.Shared);

    private static bool Shares(NamedExposure one, NamedExposure other) =>
        one.Address == other.Address
        && one.Spec.SharesPort(other.Spec)
        && !one.Spec.AllowedSources.SequenceEqual(other.Spec.AllowedSources);

    private static string Hash(string text) => ShortHash.Of(text, 8);
}
