using System.Net;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Smaller reads of the network provider: usages, service tags, free addresses of a virtual network.</summary>
internal sealed class NetworkDetailApi(ResourceStore resources, NodeGroupNetwork nodeGroups)
{
    private const string Location = "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}";
    private const int Suggestions = 5;

    // As Azure CLI recorded them (azure-cli, test_network_usage_list.yaml), for the types that the sandbox has. Each counts a type.
    private static readonly (string Name, string Text, string Type, int Limit)[] Limits =
    [
        ("VirtualNetworks", "Virtual Networks", "virtualNetworks", 1_000),
        ("StaticPublicIPAddresses", "Static Public IP Addresses", "publicIPAddresses", 1_000),
        ("NetworkSecurityGroups", "Network Security Groups", "networkSecurityGroups", 5_000),
        ("PublicIPAddresses", "Public IP Addresses", "publicIPAddresses", 1_000),
        ("PublicIpPrefixes", "Public Ip Prefixes", "publicIPPrefixes", int.MaxValue),
        ("LoadBalancers", "Load Balancers", "loadBalancers", 1_000),
        ("RouteTables", "Route Tables", "routeTables", 200),
        ("StandardSkuLoadBalancers", "Standard Sku Load Balancers", "loadBalancers", 1_000),
        ("StandardSkuPublicIpAddresses", "Public IP Addresses - Standard", "publicIPAddresses", 1_000),
    ];

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Location + "/usages", request => ArmAnswer.Page(Limits.Select(limit => Usage(request, limit))));
        routes.Map("GET", Location + "/serviceTags", request => ArmAnswer.Ok(ServiceTags(request)));
        routes.Map(
            "GET",
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{name}/"
                + "CheckIPAddressAvailability",
            CheckAddress
        );
    }

    private JsonObject Usage(ArmRequest request, (string Name, string Text, string Type, int Limit) limit) =>
        new()
        {
            ["currentValue"] = Count(request, $"Microsoft.Network/{limit.Type}"),
            ["id"] =
                $"/subscriptions/{request.Subscription}/providers/Microsoft.Network/locations/{request.Route("location")}/usages/"
                + limit.Name,
            ["limit"] = limit.Limit,
            ["name"] = new JsonObject { ["value"] = limit.Name, ["localizedValue"] = limit.Text },
            ["unit"] = "Count",
            ["isAdjustable"] = true,
        };

    /// <summary>Stored resources, and those of AKS in node resource groups.</summary>
    private int Count(ArmRequest request, string type)
    {
        var location = ResourceTypes.RequireLocation(request, "locations/usages");
        return resources
            .OfType(request.Subscription, type)
            .Select(entry => entry.Document)
            .Concat(
                type is NodeGroupNetwork.AddressType or NodeGroupNetwork.BalancerType
                    ? nodeGroups.List(type, request.Subscription, null)
                    : []
            )
            .Count(resource => resource.Text("location") == location);
    }

    /// <summary>The tags that this sandbox's security rules know. Their prefixes are those of this world.</summary>
    private static JsonObject ServiceTags(ArmRequest request) =>
        new()
        {
            ["name"] = "Public",
            ["id"] = $"/subscriptions/{request.Subscription}/providers/Microsoft.Network/serviceTags/Public",
            ["type"] = "Microsoft.Network/serviceTags",
            ["changeNumber"] = "1",
            ["cloud"] = "Public",
            ["values"] = new JsonArray(
                new JsonObject
                {
                    ["name"] = "AzureLoadBalancer",
                    ["id"] = "AzureLoadBalancer",
                    ["properties"] = new JsonObject
                    {
                        ["changeNumber"] = "1",
                        ["region"] = "",
                        ["systemService"] = "",
                        ["addressPrefixes"] = new JsonArray("168.63.129.16/32"),
                    },
                }
            ),
        };

    private ArmAnswer CheckAddress(ArmRequest request)
    {
        resources.RequireGroup(request);
        var id = request.ResourceId("Microsoft.Network/virtualNetworks", request.Name);
        if (resources.Get(id) is null)
        {
            throw ArmErrors.ResourceNotFound("Microsoft.Network/virtualNetworks", request.Name, request.Group);
        }

        if (!IPAddress.TryParse(request.Query("ipAddress"), out var address))
        {
            throw new ArmException(400, "InvalidIPAddressFormat", $"'{request.Query("ipAddress")}' is not an IP address.")
            {
                ByProvider = true,
            };
        }

        var ranges = resources
            .Children(id + "/subnets")
            .Select(subnet =>
                subnet.Document.Text("properties", "addressPrefix") ?? subnet.Document.Texts("properties", "addressPrefixes")[0]
            )
            .Select(prefix => IPNetwork.Parse(prefix))
            .ToList();
        var range = ranges.FirstOrDefault(candidate => candidate.Contains(address));
        var isInside = ranges.Exists(candidate => candidate.Contains(address));
        var available = isInside && !IsReserved(range, address);
        var answer = new JsonObject { ["available"] = available };
        if (!available && ranges.Count > 0)
        {
            answer["availableIPAddresses"] = new JsonArray([
                .. Enumerable.Range(4, Suggestions).Select(offset => (JsonNode)Offset(isInside ? range : ranges[0], offset).ToString()),
            ]);
        }

        return ArmAnswer.Ok(answer);
    }

    /// <summary>Azure keeps the first four addresses of a subnet and the last one.</summary>
    private static bool IsReserved(IPNetwork range, IPAddress address) =>
        Enumerable.Range(0, 4).Any(offset => Offset(range, offset).Equals(address))
        || Offset(range, (1L << (32 - range.PrefixLength)) - 1).Equals(address);

    private static IPAddress Offset(IPNetwork range, long offset)
    {
        var bytes = range.BaseAddress.GetAddressBytes();
        for (var index = bytes.Length - 1; index >= 0; index--, offset >>= 8)
        {
            bytes[index] = (byte)(bytes[index] + (offset & 0xff));
        }

        return new IPAddress(bytes);
    }
}
