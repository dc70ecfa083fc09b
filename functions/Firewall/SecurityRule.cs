using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using MeshPort.Json;
using MeshPort.Model;

namespace MeshPort.Firewall;

/// <summary>
/// The ARM shape of a rule in a security group, of MeshPort or of others. Source: Microsoft.Network 2025-05-01,
/// networkSecurityGroups/securityRules.
/// </summary>
internal static class SecurityRule
{
    /// <summary>The properties with one value or a list.</summary>
    public static readonly IReadOnlyList<(string Single, string Several)> Lists =
    [
        ("sourcePortRange", "sourcePortRanges"),
        ("destinationPortRange", "destinationPortRanges"),
        ("sourceAddressPrefix", "sourceAddressPrefixes"),
        ("destinationAddressPrefix", "destinationAddressPrefixes"),
    ];

    public static JsonObject Allow(int priority, string address, ExposureSpec spec, IEnumerable<int> ports)
    {
        var properties = Inbound("Allow", priority, address, ports);
        if (Sources(spec, address) is [var only])
        {
            properties["sourceAddressPrefix"] = only;
        }
        else
        {
            properties["sourceAddressPrefixes"] = TextArray.Of(Sources(spec, address));
        }

        return new JsonObject { ["properties"] = properties };
    }

    /// <summary>
    /// The rule that keeps other sources out. Without it, Azure's default rule lets in the whole virtual network, and later rules of
    /// others their sources.
    /// </summary>
    public static JsonObject Deny(int priority, string address, IEnumerable<int> ports)
    {
        var properties = Inbound("Deny", priority, address, ports);
        properties["sourceAddressPrefix"] = "*";
        return new JsonObject { ["properties"] = properties };
    }

    public static int Priority(JsonObject rule) => rule["properties"]?["priority"]?.GetValue<int>() ?? 0;

    public static bool IsInbound(JsonObject rule) => Is(rule, "direction", "Inbound");

    /// <summary>Whether the rule is about connections to the subnet over TCP.</summary>
    public static bool IsOfTcp(JsonObject rule) => IsInbound(rule) && (Is(rule, "protocol", "*") || Is(rule, "protocol", "Tcp"));

    /// <summary>The prefixes and service tags of the rule's sources.</summary>
    public static IEnumerable<string> Sources(JsonObject rule) => Values(rule, "sourceAddressPrefix", "sourceAddressPrefixes");

    /// <summary>The prefixes and service tags of the rule's destinations.</summary>
    public static IEnumerable<string> Destinations(JsonObject rule) =>
        Values(rule, "destinationAddressPrefix", "destinationAddressPrefixes");

    public static bool HasDestinationGroups(JsonObject rule) => HasGroups(rule, "destinationApplicationSecurityGroups");

    /// <summary>The ports of the rule's destinations.</summary>
    public static IEnumerable<PortRange> Ports(JsonObject rule) =>
        Values(rule, "destinationPortRange", "destinationPortRanges").Select(Range).OfType<PortRange>();

    public static bool IsFromAnyPort(JsonObject rule) =>
        Values(rule, "sourcePortRange", "sourcePortRanges").Any(range => Range(range) is { First: 0, Last: ushort.MaxValue });

    public static bool IsBeingDeleted(JsonObject rule) => Is(rule, "provisioningState", "Deleting");

    /// <summary>Whether Azure has applied the last write.</summary>
    public static bool IsInEffect(JsonObject rule) =>
        rule["properties"]?["provisioningState"] is null || Is(rule, "provisioningState", "Succeeded");

    /// <summary>Whether Azure could not apply the last write.</summary>
    public static bool HasFailed(JsonObject rule) => Is(rule, "provisioningState", "Failed");

    /// <summary>Whether two rules are the same, regardless of the order and case in which Azure answers.</summary>
    public static bool IsSame(JsonObject one, JsonObject other) =>
        Priority(one) == Priority(other)
        && new[] { "direction", "access", "protocol" }.All(name => Is(one, name, other["properties"]?[name]?.GetValue<string>() ?? ""))
        && Lists.All(list =>
            Values(one, list.Single, list.Several)
                .ToHashSet(StringComparer.OrdinalIgnoreCase)
                .SetEquals(Values(other, list.Single, list.Several))
        );

    /// <summary>
    /// Whether the rule comes first and denies all sources of the exposure. A rule that denies only some of them is intended.
    /// </summary>
    public static bool Forbids(JsonObject rule, int priority, NamedExposure exposure) => IsDeny(rule) && Decides(rule, priority, exposure);

    /// <summary>Whether the rule comes first and allows all sources of the exposure.</summary>
    public static bool Admits(JsonObject rule, int priority, NamedExposure exposure) =>
        Is(rule, "access", "Allow") && !IsBeingDeleted(rule) && Decides(rule, priority, exposure);

    /// <summary>Whether the rule lets in sources that the exposure does not name.</summary>
    public static bool LetsOthersIn(JsonObject rule, NamedExposure exposure) =>
        Allows(rule, exposure)
        && (
            Sources(rule)
                .Any(prefix =>
                    !IsNobodyHere(prefix, exposure.Spec.Gateway) && !exposure.Spec.AllowedSources.Any(source => Covers(source, prefix))
                )
            // Its members are interfaces of the virtual network, which reach a private address only.
            || (exposure.Spec.Gateway == GatewayKind.Internal && HasGroups(rule, "sourceApplicationSecurityGroups"))
        );

    public static bool IsDeny(JsonObject rule) => Is(rule, "access", "Deny");

    /// <summary>Whether the rule is about the port of the exposure and allows it to anybody.</summary>
    public static bool Allows(JsonObject rule, NamedExposure exposure) => Is(rule, "access", "Allow") && Reaches(rule, exposure);

    /// <summary>Whether the rule is about the port of the exposure and denies it.</summary>
    public static bool Denies(JsonObject rule, NamedExposure exposure) => IsDeny(rule) && Reaches(rule, exposure);

    /// <summary>Whether the rule comes first and is about every connection of all sources of the exposure.</summary>
    private static bool Decides(JsonObject rule, int priority, NamedExposure exposure) =>
        Priority(rule) < priority
        && Reaches(rule, exposure)
        && IsFromAnyPort(rule)
        && Sources(exposure.Spec, exposure.Address ?? "")
            .All(source => Sources(rule).Any(prefix => CoversSource(prefix, source, exposure)));

    /// <summary>
    /// Whether the rule is about the port and the address. A packet keeps the address of the load balancer as its destination, and an
    /// application security group has the addresses of nodes as members, so one as destination is never about an exposure.
    /// </summary>
    private static bool Reaches(JsonObject rule, NamedExposure exposure) =>
        IsOfTcp(rule)
        && Ports(rule).Any(ports => ports.Holds(exposure.Spec.Port))
        && Destinations(rule)
            .Any(prefix =>
                IsAny(prefix, exposure.Address ?? "")
                || (exposure.Spec.Gateway == GatewayKind.Internal && IsTag(prefix, "VirtualNetwork"))
                || Covers(prefix, exposure.Address ?? "")
            );

    /// <summary>
    /// Whether no client behind the prefix reaches the gateway: the network at a public address, the Internet at a private one, Azure's
    /// own probes.
    /// </summary>
    private static bool IsNobodyHere(string prefix, GatewayKind gateway) =>
        IpFamilies.Nobody.Contains(prefix)
        || IsTag(prefix, HealthProbe.Tag)
        || IsTag(prefix, gateway == GatewayKind.External ? "VirtualNetwork" : "Internet");

    public static bool IsTag(string prefix, string tag) => string.Equals(prefix, tag, StringComparison.OrdinalIgnoreCase);

    private static JsonObject Inbound(string access, int priority, string address, IEnumerable<int> ports) =>
        new()
        {
            ["priority"] = priority,
            ["direction"] = "Inbound",
            ["access"] = access,
            ["protocol"] = "Tcp",
            ["sourcePortRange"] = "*",
            ["destinationAddressPrefix"] = address,
            ["destinationPortRanges"] = TextArray.Of(PortRange.Of(ports).Select(range => range.ToString())),
        };

    /// <summary>
    /// The allowed sources of the address's family, since a packet has one family. Without allowed sources, all clients of the gateway.
    /// Azure refuses prefixes that overlap (OverlappingSubnetsNotPermittedInSecurityRule), so one within another is left out.
    /// </summary>
    private static IReadOnlyList<string> Sources(ExposureSpec spec, string address)
    {
        var isV6 = address.Contains(':', StringComparison.Ordinal);
        var known = spec.AllowedSources.Where(source => source.Contains(':', StringComparison.Ordinal) == isV6).ToList();
        IReadOnlyList<string> own = [.. known.Where(source => !known.Exists(other => Covers(other, source) && !Covers(source, other)))];
        return (spec.AllowedSources.Count, own.Count) switch
        {
            (0, _) => [ClientsOf(spec.Gateway)],
            (_, 0) => [IpFamilies.Nobody.First(range => IpFamilies.Of(range) == IpFamilies.Of(address))], // Azure refuses an empty list
            _ => own,
        };
    }

    /// <summary>
    /// Whether a prefix covers all clients of an allowed source. All clients of a gateway are behind one tag, whatever their addresses are:
    /// VirtualNetwork has peered and connected networks, too, and only clients in it reach a private address.
    /// </summary>
    private static bool CoversSource(string prefix, string source, NamedExposure exposure) =>
        IsAny(prefix, exposure.Address ?? "") || IsTag(prefix, ClientsOf(exposure.Spec.Gateway)) || Covers(prefix, source);

    /// <summary>The service tag that all clients of a gateway are behind.</summary>
    private static string ClientsOf(GatewayKind gateway) => gateway == GatewayKind.External ? "Internet" : "VirtualNetwork";

    /// <summary>Whether a prefix covers all addresses of the family of an address.</summary>
    public static bool IsAny(string prefix, string address) =>
        prefix is "*" || IsTag(prefix, "Any") || prefix == (IpFamilies.Of(address) == IpFamily.IPv6 ? "::/0" : "0.0.0.0/0");

    /// <summary>Whether a prefix contains another prefix or address.</summary>
    public static bool Covers(string prefix, string other)
    {
        var single = other.Contains('/', StringComparison.Ordinal)
            ? other
            : $"{other}/{(other.Contains(':', StringComparison.Ordinal) ? 128 : 32)}";
        var whole = prefix.Contains('/', StringComparison.Ordinal)
            ? prefix
            : $"{prefix}/{(prefix.Contains(':', StringComparison.Ordinal) ? 128 : 32)}";
        return IPNetwork.TryParse(whole, out var outer)
            && IPNetwork.TryParse(single, out var inner)
            && outer.PrefixLength <= inner.PrefixLength
            && outer.Contains(inner.BaseAddress);
    }

    /// <returns>Null when the text is no range.</returns>
    private static PortRange? Range(string text)
    {
        if (text == "*")
        {
            return new PortRange(0, ushort.MaxValue);
        }

        var ends = text.Split('-');
        return
            int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? new PortRange(first, last)
            : null;
    }

    private static bool HasGroups(JsonObject rule, string property) => rule["properties"]?[property] is JsonArray { Count: > 0 };

    /// <summary>The values of a property of <see cref="Lists"/>.</summary>
    public static IEnumerable<string> Values(JsonObject rule, string single, string several) =>
        new[] { rule["properties"]?[single] }
            .Concat(rule["properties"]?[several] as JsonArray ?? [])
            .OfType<JsonValue>()
            .Select(value => value.GetValue<string>())
            .Where(value => value.Length > 0);

    private static bool Is(JsonObject rule, string name, string value) =>
        string.Equals(rule["properties"]?[name]?.GetValue<string>(), value, StringComparison.OrdinalIgnoreCase);
}
