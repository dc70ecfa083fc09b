using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>One rule of a network security group: its validation, and the packets that it matches.</summary>
internal static class NetworkSecurityRule
{
    /// <summary>The properties with one value or a list.</summary>
    public static readonly IReadOnlyList<(string Single, string Several)> Lists =
    [
        .. ((string[])["sourceAddressPrefix", "destinationAddressPrefix", "sourcePortRange", "destinationPortRange"]).Select(name =>
            (name, Plural(name))
        ),
    ];

    /// <param name="others">The group's other rules. A priority is unique in each direction.</param>
    public static void Check(string name, JsonObject rule, IEnumerable<JsonObject> others)
    {
        var priority = rule.Number("properties", "priority") ?? 0;
        if (priority is < 100 or > 4096)
        {
            throw Refuse(
                "SecurityRuleInvalidPriority",
                $"Security rule has invalid Priority. Value provided: {priority} Allowed range 100-4096. Rule: {name}"
            );
        }

        RequireOneOf(rule, name, "access", ["Allow", "Deny"]);
        RequireOneOf(rule, name, "direction", ["Inbound", "Outbound"]);
        RequireOneOf(rule, name, "protocol", ["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"]);
        RequireEither(rule, name, "sourceAddressPrefix", "sourceAddressPrefixes", "sourceApplicationSecurityGroups");
        RequireEither(rule, name, "destinationAddressPrefix", "destinationAddressPrefixes", "destinationApplicationSecurityGroups");
        RequireEither(rule, name, "sourcePortRange", "sourcePortRanges");
        RequireEither(rule, name, "destinationPortRange", "destinationPortRanges");
        foreach (var (single, several) in Lists)
        {
            RequireOnlyOne(rule, name, single, several);
        }

        foreach (var range in Values(rule, "destinationPortRange").Concat(Values(rule, "sourcePortRange")))
        {
            if (Range(range) is null)
            {
                throw Refuse(
                    "SecurityRuleInvalidPortRange",
                    $"Security rule has invalid Port range. Value provided: {range}. Value should be an integer OR integer range with "
                        + $"'-' delimiter. Valid range 0-65535. Rule: {name}"
                );
            }
        }

        foreach (var prefixes in (string[])["sourceAddressPrefix", "destinationAddressPrefix"])
        {
            RefuseInvalidPrefixes(rule, name, prefixes);
            RefuseOverlaps(rule, name, prefixes);
        }

        if (
            others.FirstOrDefault(other =>
                other.Number("properties", "priority") == priority && Is(other, "direction", rule.Text("properties", "direction"))
            ) is
            { } conflicting
        )
        {
            throw Refuse(
                "SecurityRuleConflict",
                $"Security rule {name} conflicts with rule {conflicting.Text("name")}. Rules cannot have the same Priority and Direction."
            );
        }
    }

    public static bool Matches(JsonObject rule, IPAddress source, IPAddress destination, int port, Func<string, IPAddress, bool> isInTag) =>
        Is(rule, "direction", "Inbound")
        && (Is(rule, "protocol", "Tcp") || Is(rule, "protocol", "*"))
        && Values(rule, "destinationPortRange").Any(range => Range(range) is var (first, last) && port >= first && port <= last)
        && Values(rule, "sourceAddressPrefix").Any(prefix => Covers(prefix, source, isInTag))
        && Values(rule, "destinationAddressPrefix").Any(prefix => Covers(prefix, destination, isInTag));

    /// <summary>The source prefixes and tags of the rule.</summary>
    public static IEnumerable<string> Sources(JsonObject rule) => Values(rule, "sourceAddressPrefix");

    /// <summary>Azure's default rules, which follow the user's.</summary>
    public static IEnumerable<JsonObject> Defaults(string groupId)
    {
        yield return Default(
            groupId,
            "AllowVnetInBound",
            "Allow inbound traffic from all VMs in VNET",
            65000,
            "Inbound",
            "Allow",
            "VirtualNetwork",
            "VirtualNetwork"
        );
        yield return Default(
            groupId,
            "AllowAzureLoadBalancerInBound",
            "Allow inbound traffic from azure load balancer",
            65001,
            "Inbound",
            "Allow",
            "AzureLoadBalancer",
            "*"
        );
        yield return Default(groupId, "DenyAllInBound", "Deny all inbound traffic", 65500, "Inbound", "Deny", "*", "*");
        yield return Default(
            groupId,
            "AllowVnetOutBound",
            "Allow outbound traffic from all VMs to all VMs in VNET",
            65000,
            "Outbound",
            "Allow",
            "VirtualNetwork",
            "VirtualNetwork"
        );
        yield return Default(
            groupId,
            "AllowInternetOutBound",
            "Allow outbound traffic from all VMs to Internet",
            65001,
            "Outbound",
            "Allow",
            "*",
            "Internet"
        );
        yield return Default(groupId, "DenyAllOutBound", "Deny all outbound traffic", 65500, "Outbound", "Deny", "*", "*");
    }

    private static JsonObject Default(
        string groupId,
        string name,
        string description,
        int priority,
        string direction,
        string access,
        string source,
        string destination
    ) =>
        new()
        {
            ["name"] = name,
            ["id"] = $"{groupId}/defaultSecurityRules/{name}",
            ["type"] = "Microsoft.Network/networkSecurityGroups/defaultSecurityRules",
            ["properties"] = new JsonObject
            {
                ["provisioningState"] = "Succeeded",
                ["description"] = description,
                ["protocol"] = "*",
                ["sourcePortRange"] = "*",
                ["destinationPortRange"] = "*",
                ["sourceAddressPrefix"] = source,
                ["destinationAddressPrefix"] = destination,
                ["access"] = access,
                ["priority"] = priority,
                ["direction"] = direction,
            },
        };

    private static bool Covers(string prefix, IPAddress address, Func<string, IPAddress, bool> isInTag) =>
        prefix is "*"
        || string.Equals(prefix, "Any", StringComparison.OrdinalIgnoreCase)
        || AddressPrefixes.Matches(prefix, address)
        || isInTag(prefix, address);

    /// <summary>A property in its singular form or as a list under its plural name.</summary>
    public static IEnumerable<string> Values(JsonObject rule, string name) => Single(rule, name).Concat(Several(rule, name));

    private static IEnumerable<string> Single(JsonObject rule, string name) =>
        rule.Text("properties", name) is { Length: > 0 } single ? [single] : [];

    private static IEnumerable<string> Several(JsonObject rule, string name) => rule.Texts("properties", Plural(name));

    private static string Plural(string name) => name.EndsWith('x') ? name + "es" : name + "s";

    /// <summary>Whether a value is no service tag and not <c>*</c>.</summary>
    public static bool IsAddressOrPort(string value) => Range(value) is not null ? value != "*" : AddressPrefixes.TryParse(value, out _);

    private static (int First, int Last)? Range(string range)
    {
        if (range == "*")
        {
            return (0, 65535);
        }

        var ends = range.Split('-');
        return ends.Length is 1 or 2 && Port(ends[0]) is { } first && Port(ends[^1]) is { } last && first <= last ? (first, last) : null;
    }

    private static int? Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535 ? port : null;

    private static bool Is(JsonObject rule, string name, string? value) =>
        string.Equals(rule.Text("properties", name), value, StringComparison.OrdinalIgnoreCase);

    private static void RequireOneOf(JsonObject rule, string name, string property, string[] allowed)
    {
        if (!allowed.Any(value => Is(rule, property, value)))
        {
            throw Refuse(
                "SecurityRuleInvalidParameter",
                $"Security rule parameter {property} has invalid value '{rule.Text("properties", property)}'; allowed: "
                    + $"{string.Join(", ", allowed)}. Rule: {name}"
            );
        }
    }

    private static void RequireEither(JsonObject rule, string name, params ReadOnlySpan<string> properties)
    {
        foreach (var property in properties)
        {
            if (rule.Properties()[property] is JsonArray { Count: > 0 } or JsonValue)
            {
                return;
            }
        }

        throw Refuse(
            "SecurityRuleParameterNotSpecified",
            $"Required security rule parameters are missing for security rule with Id: {name}. Security rule must specify one of "
                + $"{string.Join(", ", properties)}."
        );
    }

    /// <summary>
    /// The words are those of a public report (kubernetes-sigs/cloud-provider-azure issue 9355), also the code for ports (issue 8931
    /// there). The code for prefixes is an assumption. A list has no <c>*</c> and no tags (hashicorp/terraform-provider-azurerm issue
    /// 5617).
    /// </summary>
    private static void RequireOnlyOne(JsonObject rule, string name, string single, string several)
    {
        var ofPorts = single.EndsWith("PortRange", StringComparison.Ordinal);
        if (Single(rule, single).Any() && Several(rule, single).Any())
        {
            throw Refuse(
                $"SecurityRuleParametersUnsupportedFor{(ofPorts ? "PortRanges" : "AddressPrefixes")}",
                $"Security rule with Id {name} must specify a non-empty value for either {Upper(single)} or {Upper(several)}, but not both."
            );
        }

        if (Several(rule, single).FirstOrDefault(value => value == "*" || (!ofPorts && IsTag(value))) is not { } unsupported)
        {
            return;
        }

        throw ofPorts
            ? Refuse(
                "SecurityRuleParameterContainsInvalidPortRanges",
                $"Security rule parameter {Upper(single)} for rule with Id {name} contains invalid port ranges. Invalid port ranges: "
                    + $"[{unsupported}]."
            )
            : Refuse(
                "SecurityRuleParameterContainsUnsupportedValue",
                $"Security rule parameter {Upper(single)} for rule with Id {name} cannot specify existing VIRTUALNETWORK, INTERNET, "
                    + $"AZURELOADBALANCER, '*' or system tags. Unsupported value used: {unsupported}."
            );
    }

    /// <summary>
    /// Code and words are those of public reports: Azure/azure-powershell issue 4557 for bits beyond the length, and
    /// hashicorp/terraform-provider-azurerm issue 12534 for both families in one list. Unknown tags are accepted.
    /// </summary>
    private static void RefuseInvalidPrefixes(JsonObject rule, string name, string property)
    {
        var networks = new List<IPNetwork>();
        foreach (var value in Values(rule, property).Where(value => value != "*" && !IsTag(value)))
        {
            if (!AddressPrefixes.TryParseExact(value, out var network))
            {
                throw Refuse(
                    "SecurityRuleInvalidAddressPrefix",
                    $"Security rule {name} has invalid Address prefix. Value provided: {value}"
                );
            }

            networks.Add(network);
        }

        if (networks.Select(network => network.BaseAddress.AddressFamily).Distinct().Count() > 1)
        {
            throw Refuse(
                "ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies",
                $"{name} contains IP addresses or prefixes that belong to different address families. All IP addresses or prefixes in the "
                    + "resource should belong to the same address family."
            );
        }
    }

    /// <summary>Whether a value has the form of a service tag, such as Storage.EastUS.</summary>
    private static bool IsTag(string value) =>
        !value.Contains(':', StringComparison.Ordinal)
        && char.IsAsciiLetter(value[0])
        && value.All(character => char.IsAsciiLetterOrDigit(character) || character == '.');

    private static string Upper(string property) => $"{char.ToUpperInvariant(property[0])}{property[1..]}";

    /// <summary>Code and words are those of public reports, such as kubernetes-sigs/cloud-provider-azure issue 6775.</summary>
    private static void RefuseOverlaps(JsonObject rule, string name, string property)
    {
        List<IPNetwork> before = [];
        foreach (var prefix in Values(rule, property))
        {
            if (!AddressPrefixes.TryParse(prefix, out var network))
            {
                continue; // a service tag
            }

            if (before.Where(other => AddressPrefixes.Overlap(other, network)).Select(other => $"{other}").FirstOrDefault() is { } other)
            {
                throw Refuse(
                    "OverlappingSubnetsNotPermittedInSecurityRule",
                    $"Security rule parameter {Upper(property)} for rule with Id {name} contains "
                        + $"overlapping subnets [{other}, {network}], which is not permitted."
                );
            }

            before.Add(network);
        }
    }

    private static ArmException Refuse(string code, string message) => new(400, code, message) { ByProvider = true };
}
