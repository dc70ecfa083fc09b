using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Virtual networks and their subnets.</summary>
internal sealed class VirtualNetworkApi(ResourceStore resources, ArmOperations operations, ProviderRegistrations registrations)
    : NestedResourceApi(resources, operations, registrations, "virtualNetworks", "subnets")
{
    /// <summary>The smallest subnet: Azure reserves five addresses.</summary>
    private const int LongestPrefix = 29;

    /// <summary>The only length of an IPv6 prefix (Azure documentation, "What is IPv6 for Azure Virtual Network?").</summary>
    private const int Ipv6Prefix = 64;

    private static readonly string[] References = ["networkSecurityGroup", "routeTable", "natGateway"];

    // learn.microsoft.com: "Azure Virtual Network frequently asked questions".
    private static readonly IPNetwork[] Forbidden =
    [
        .. new[] { "224.0.0.0/4", "255.255.255.255/32", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32" }.Select(range =>
            IPNetwork.Parse(range)
        ),
    ];

    protected override bool KeepsChildren => true;

    protected override void CheckParent(
        string id,
        JsonObject properties,
        IReadOnlyList<JsonObject> wanted,
        IReadOnlyList<JsonObject> present
    )
    {
        var prefixes = properties.Texts("addressSpace", "addressPrefixes");
        if (prefixes.Count == 0)
        {
            throw new ArmException(
                400,
                "InvalidRequestFormat",
                "Cannot parse the request: addressSpace.addressPrefixes must name at least one prefix."
            )
            {
                ByProvider = true,
            };
        }

        var space = prefixes.Select(prefix => AddressPrefixes.Parse(prefix, id)).ToList();
        CheckSpace(id, space);
        for (var index = 0; index < wanted.Count; index++)
        {
            CheckRange(Name(id), space, wanted[index], wanted.Skip(index + 1));
        }

        properties.Default("virtualNetworkPeerings", new JsonArray());
        properties.Default("enableDdosProtection", false);
    }

    protected override void CheckChild(
        string id,
        JsonObject document,
        JsonObject parentDocument,
        IReadOnlyList<JsonObject> others,
        JsonObject? before
    )
    {
        var space = parentDocument
            .Texts("properties", "addressSpace", "addressPrefixes")
            .Select(prefix => IPNetwork.Parse(prefix))
            .ToList();
        CheckRange(parentDocument.Text("name") ?? "", space, document, others);
        NetworkReferences.Require(Resources, id, References.Select(name => document.Text("properties", name, "id")));
        if (before is not null && User(id) is { } user)
        {
            CheckUsed(Name(id), document, before, user);
        }

        var properties = document.Ensure("properties");
        properties.Default("delegations", new JsonArray());
        properties.Default("privateEndpointNetworkPolicies", "Disabled");
        properties.Default("privateLinkServiceNetworkPolicies", "Enabled");
    }

    protected override void RefuseToDelete(string id)
    {
        foreach (var (subnetId, _) in Resources.Children(id + "/subnets"))
        {
            RefuseToDeleteChild(subnetId);
        }
    }

    protected override void RefuseToDeleteChild(string id)
    {
        if (User(id) is { } user)
        {
            throw Refuse(
                "InUseSubnetCannotBeDeleted",
                $"Subnet {Name(id)} is in use by {user} and cannot be deleted. In order to delete the subnet, delete all the resources "
                    + "within the subnet. See aka.ms/deletesubnet."
            );
        }
    }

    /// <summary>
    /// The codes and words of these refusals are the sandbox's own: no public text, specification or recording has Azure's.
    /// </summary>
    private static void CheckSpace(string id, List<IPNetwork> space)
    {
        foreach (var (index, prefix) in space.Index())
        {
            if (Forbidden.FirstOrDefault(range => AddressPrefixes.Overlap(range, prefix)) is { PrefixLength: > 0 } forbidden)
            {
                throw Refuse("AddressPrefixNotAllowed", $"Address prefix {prefix} of {id} overlaps with {forbidden}, which is reserved.");
            }

            if (space.Take(index).FirstOrDefault(other => AddressPrefixes.Overlap(other, prefix)) is { PrefixLength: > 0 } overlapped)
            {
                throw Refuse("AddressPrefixesOverlap", $"Address prefix {prefix} of {id} overlaps with {overlapped}.");
            }
        }
    }

    /// <summary>The cluster whose nodes use a subnet.</summary>
    private string? User(string subnetId) =>
        Resources
            .OfType(subnetId.Split('/')[2], "Microsoft.ContainerService/managedClusters")
            .FirstOrDefault(cluster =>
                cluster
                    .Document.Objects("properties", "agentPoolProfiles")
                    .Any(pool => string.Equals(pool.Text("vnetSubnetID"), subnetId, StringComparison.OrdinalIgnoreCase))
            )
            .Id;

    /// <summary>A subnet with nodes can change neither its range nor its delegations.</summary>
    private static void CheckUsed(string name, JsonObject document, JsonObject before, string user)
    {
        var ranges = Ranges(document);
        if (Ranges(before).FindAll(range => !ranges.Contains(range)) is [var removed, ..])
        {
            throw Refuse(
                "InUsePrefixCannotBeDeleted",
                $"IpPrefix {removed} on Subnet {name} has active allocations and cannot be deleted."
            );
        }

        var (asked, present) = (Delegations(document), Delegations(before));
        if (asked != present)
        {
            throw Refuse(
                "SubnetDelegationsCannotChangeWhenSubnetUsedByResource",
                $"Delegations of subnet {name} cannot be changed from [{present}] to [{asked}] because it is being used by the resource "
                    + $"{user}."
            );
        }
    }

    private static string Delegations(JsonObject subnet) =>
        string.Join(',', subnet.Objects("properties", "delegations").Select(delegation => delegation.Text("properties", "serviceName")));

    private static void CheckRange(string network, List<IPNetwork> space, JsonObject subnet, IEnumerable<JsonObject> others)
    {
        foreach (var range in Ranges(subnet))
        {
            CheckRange(network, space, subnet, range, others);
        }
    }

    private static void CheckRange(
        string network,
        List<IPNetwork> space,
        JsonObject subnet,
        IPNetwork range,
        IEnumerable<JsonObject> others
    )
    {
        if (
            range.BaseAddress.AddressFamily == AddressFamily.InterNetwork
                ? range.PrefixLength > LongestPrefix
                : range.PrefixLength != Ipv6Prefix
        )
        {
            throw Refuse("NetcfgInvalidSubnet", $"Subnet '{subnet.Text("name")}' is not valid in virtual network '{network}'.");
        }

        if (!space.Any(prefix => AddressPrefixes.Contains(prefix, range)))
        {
            throw Refuse(
                "NetcfgSubnetRangeOutsideVnet",
                $"Subnet '{subnet.Text("name")}' is not valid because its IP address range is outside the IP address range of virtual "
                    + $"network '{network}'."
            );
        }

        if (others.FirstOrDefault(other => Ranges(other).Any(known => AddressPrefixes.Overlap(range, known))) is { } overlapped)
        {
            throw Refuse(
                "NetcfgSubnetRangesOverlap",
                $"Subnet '{subnet.Text("name")}' is not valid because its IP address range overlaps with that of an existing subnet "
                    + $"'{overlapped.Text("name")}' in virtual network '{network}'."
            );
        }
    }

    private static List<IPNetwork> Ranges(JsonObject subnet) =>
        [
            .. (
                subnet.Texts("properties", "addressPrefixes") is { Count: > 0 } several
                    ? several
                    : [subnet.Text("properties", "addressPrefix") ?? ""]
            ).Select(prefix => AddressPrefixes.Parse(prefix, subnet.Text("name") ?? "subnet")),
        ];

    private static string Name(string id) => id[(id.LastIndexOf('/') + 1)..];

    private static ArmException Refuse(string code, string message) => new(400, code, message) { ByProvider = true };
}
