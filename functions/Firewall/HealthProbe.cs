using System.Text.Json.Nodes;
using MeshPort.Gateways;
using MeshPort.Kubernetes;
using MeshPort.Model;

namespace MeshPort.Firewall;

/// <summary>
/// The health probe of Azure's load balancer behind a port of an exposure, pure. It comes from Azure's own address and goes to a port of
/// the nodes. The first rule about it decides. A rule that denies counts where it is surely about the probe, and one that allows where it
/// may be.
/// </summary>
/// <param name="Address">The address of the exposure, whose family the probe has.</param>
/// <param name="Port">Null where it is not known; then it is a node port.</param>
/// <param name="Nodes">The prefixes of the nodes' subnet in that family; empty where they are not known.</param>
internal sealed record HealthProbe(string Address, int? Port, IReadOnlyList<string> Nodes)
{
    /// <summary>The service tag of the probes' source.</summary>
    public const string Tag = "AzureLoadBalancer";

    private const string Source = "168.63.129.16";
    private static readonly PortRange NodePorts = new(30000, 32767);

    /// <summary>Whether the load balancer makes it.</summary>
    public bool IsMade { get; init; } = true;

    /// <param name="nodes">The prefixes of the nodes' subnet; empty where they are not known.</param>
    public static HealthProbe Of(NamedExposure exposure, ClusterSpec spec, ClusterObjects objects, IReadOnlyList<string> nodes)
    {
        var address = exposure.Address ?? "";
        var service = ServiceRestriction.FindService(exposure, spec, objects) is var (_, found) ? found : null;
        return new HealthProbe(
            address,
            service is null ? null : ProbedPort.Of(service, exposure.Spec.Port),
            [.. nodes.Where(prefix => IsIpv6(prefix) == IsIpv6(address))]
        )
        {
            IsMade = service is null || ProbedPort.IsProbed(service, exposure.Spec.Port),
        };
    }

    /// <summary>Whether a rule may be about probes, of either family.</summary>
    public static bool MayConcern(JsonObject rule) => SecurityRule.IsOfTcp(rule) && (IsFrom(rule, "0.0.0.0") || IsFrom(rule, "::"));

    /// <summary>Whether only the prefixes of the nodes' subnet tell which rules are about probes.</summary>
    /// <param name="rules">Those of others.</param>
    public static bool NeedsNodes(IEnumerable<JsonObject> rules)
    {
        var all = rules.Where(rule => MayConcern(rule) && SecurityRule.Ports(rule).Any(ports => ports.Overlaps(NodePorts))).ToList();
        return all.Exists(SecurityRule.IsDeny)
            && all.SelectMany(SecurityRule.Destinations).Any(prefix => prefix.Contains('.', StringComparison.Ordinal) || IsIpv6(prefix));
    }

    /// <param name="rules">Those of others.</param>
    /// <returns>The rule that denies the probe; null where none surely does.</returns>
    public JsonObject? FindDenial(IEnumerable<JsonObject> rules) =>
        IsMade && rules.Where(IsAbout).MinBy(SecurityRule.Priority) is { } first && SecurityRule.IsDeny(first) ? first : null;

    private bool IsAbout(JsonObject rule) =>
        SecurityRule.IsOfTcp(rule) && IsFrom(rule, Address) && (SecurityRule.IsDeny(rule) ? IsSurelyAbout(rule) : MayBeAbout(rule));

    private bool IsSurelyAbout(JsonObject rule) =>
        SecurityRule.IsFromAnyPort(rule)
        && SecurityRule
            .Ports(rule)
            .Any(ports => Port is { } port ? ports.Holds(port) : ports.Holds(NodePorts.First) && ports.Holds(NodePorts.Last))
        && SecurityRule
            .Destinations(rule)
            .Any(prefix => IsEveryNode(prefix) || (Nodes.Count > 0 && Nodes.All(nodes => SecurityRule.Covers(prefix, nodes))));

    private bool MayBeAbout(JsonObject rule) =>
        SecurityRule.Ports(rule).Any(ports => Port is { } port ? ports.Holds(port) : ports.Overlaps(NodePorts))
        && (
            Nodes.Count == 0
            || SecurityRule.HasDestinationGroups(rule)
            || SecurityRule
                .Destinations(rule)
                .Any(prefix =>
                    IsEveryNode(prefix) || Nodes.Any(nodes => SecurityRule.Covers(prefix, nodes) || SecurityRule.Covers(nodes, prefix))
                )
        );

    private bool IsEveryNode(string prefix) => SecurityRule.IsAny(prefix, Address) || SecurityRule.IsTag(prefix, "VirtualNetwork");

    /// <summary>
    /// Whether a rule is about the source of probes. The tag VirtualNetwork contains "the virtual IP address of the host", which is that
    /// source (Azure, service tags overview). No document says so for IPv6, where only a rule that allows may be about it.
    /// </summary>
    /// <param name="address">An address of the probe's family.</param>
    private static bool IsFrom(JsonObject rule, string address) =>
        SecurityRule
            .Sources(rule)
            .Any(prefix =>
                SecurityRule.IsAny(prefix, address)
                || SecurityRule.IsTag(prefix, Tag)
                || (SecurityRule.IsTag(prefix, "VirtualNetwork") && !(IsIpv6(address) && SecurityRule.IsDeny(rule)))
                || (!IsIpv6(address) && SecurityRule.Covers(prefix, Source))
            );

    private static bool IsIpv6(string text) => text.Contains(':', StringComparison.Ordinal);
}
