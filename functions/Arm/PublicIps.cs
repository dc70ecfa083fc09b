using System.Text.Json.Nodes;
using Azure.Core;
using MeshPort.Model;

namespace MeshPort.Arm;

/// <summary>Public IP addresses (Microsoft.Network 2025-05-01, publicIPAddresses): ids, bodies and the properties that count.</summary>
internal static class PublicIps
{
    private const string Type = "Microsoft.Network/publicIPAddresses";

    /// <summary>Azure's codes for an address, or its prefix, that something uses.</summary>
    public static readonly IReadOnlyList<string> InUse = ["PublicIPAddressCannotBeDeleted", "PublicIPAddressInUse"];

    public static string NameOf(ClusterId cluster, PublicAddressSpec spec) => spec.PublicIp ?? $"{cluster.Name}-external";

    public static ResourceIdentifier GroupOf(ClusterId cluster, PublicAddressSpec spec) =>
        ResourceGroup.IdOf(cluster with { ResourceGroup = spec.ResourceGroup ?? cluster.ResourceGroup });

    public static ResourceIdentifier IdOf(ClusterId cluster, PublicAddressSpec spec) =>
        new($"{GroupOf(cluster, spec)}/providers/{Type}/{NameOf(cluster, spec)}");

    /// <summary>Whether a mark of the cluster's status is a public IP address that MeshPort has made.</summary>
    public static bool IsOne(string id) => id.Contains($"/providers/{Type}/", StringComparison.OrdinalIgnoreCase);

    /// <summary>A static address of the Standard SKU: a load balancer of that SKU takes no other.</summary>
    public static JsonObject Body(
        string location,
        IReadOnlyDictionary<string, string> tags,
        PublicAddressSpec spec,
        IpFamily family = IpFamily.IPv4
    )
    {
        var properties = new JsonObject { ["publicIPAllocationMethod"] = "Static", ["publicIPAddressVersion"] = $"{family}" };
        if (spec.PublicIpPrefix is { } prefix)
        {
            properties["publicIPPrefix"] = new JsonObject { ["id"] = prefix };
        }

        if (spec.DnsLabel is { } label)
        {
            properties["dnsSettings"] = new JsonObject { ["domainNameLabel"] = label };
        }

        return new JsonObject
        {
            ["location"] = location,
            ["tags"] = Ownership.Tags(tags),
            ["sku"] = new JsonObject { ["name"] = "Standard" },
            ["properties"] = properties,
        };
    }

    /// <summary>The address as it is, with another label.</summary>
    public static JsonObject WithLabel(JsonObject observed, string label)
    {
        var body = (JsonObject)observed.DeepClone();
        if (body["properties"] is JsonObject properties)
        {
            properties["dnsSettings"] = new JsonObject { ["domainNameLabel"] = label };
        }

        return body;
    }

    public static string? Ip(JsonObject observed) => observed["properties"]?["ipAddress"]?.GetValue<string>();

    public static string? Hostname(JsonObject observed) => observed["properties"]?["dnsSettings"]?["fqdn"]?.GetValue<string>();

    public static string? Label(JsonObject observed) => observed["properties"]?["dnsSettings"]?["domainNameLabel"]?.GetValue<string>();

    public static string? Prefix(JsonObject observed) => observed["properties"]?["publicIPPrefix"]?["id"]?.GetValue<string>();

    public static string? State(JsonObject observed) => observed["properties"]?["provisioningState"]?.GetValue<string>();

    /// <returns>The ARM id of what uses the address; null while nothing does.</returns>
    public static string? User(JsonObject observed) =>
        (observed["properties"]?["ipConfiguration"]?["id"] ?? observed["properties"]?["natGateway"]?["id"])?.GetValue<string>();
}
