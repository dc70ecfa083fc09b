using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;
using MeshPort.Sandbox.ResourceManager.Subscriptions;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Public IP addresses: a customer's own, and those of AKS in node resource groups.</summary>
internal sealed partial class PublicAddressApi(
    SandboxWorld world,
    ResourceStore resources,
    ArmOperations operations,
    ProviderRegistrations registrations,
    NodeGroupNetwork nodeGroups
) : FlatResourceApi(resources, operations, registrations, "publicIPAddresses")
{
    protected override IEnumerable<JsonObject> Computed(ArmRequest request, string? group) =>
        nodeGroups.List(NodeGroupNetwork.AddressType, request.Subscription, group);

    protected override void Check(string id, JsonObject document, JsonObject? before)
    {
        var properties = document.Ensure("properties");
        var sku = document.Ensure("sku");
        sku.Default("name", "Basic");
        sku.Default("tier", "Regional");
        if (sku.Text("name") == "Basic")
        {
            // Azure retired the Basic SKU on 30 September 2025.
            throw Refuse(
                "IPv4BasicSkuPublicIpCountLimitReached",
                "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region."
            );
        }

        properties.Default("publicIPAddressVersion", "IPv4");
        properties.Default("publicIPAllocationMethod", "Dynamic");
        if (properties.Text("publicIPAllocationMethod") != "Static")
        {
            throw Refuse(
                "StandardSkuPublicIPAddressesMustBeStatic",
                "Standard sku publicIp " + $"{id} must have AllocationMethod set to Static."
            );
        }

        properties.Default("idleTimeoutInMinutes", 4);
        if (properties.Number("idleTimeoutInMinutes") is not (>= 4 and <= 30))
        {
            throw Refuse("PublicIPAddressIdleTimeoutIsOutOfRange", $"The idle timeout of public IP address {id} must be 4 to 30 minutes.");
        }

        properties.Remove("ipConfiguration"); // read-only
        var prefix = properties.Text("publicIPPrefix", "id");
        CheckPrefix(id, document, before, prefix);
        CheckZones(id, document, before);
        properties.Default("ipTags", new JsonArray());
        var isIpv6 = properties.Text("publicIPAddressVersion") == "IPv6";
        if (before is not null && before.Text("properties", "publicIPAddressVersion") == "IPv6" != isIpv6)
        {
            // The wording is not measured.
            throw Refuse("PublicIPAddressVersionCannotBeChanged", $"The version of public IP address {id} cannot be changed.");
        }

        if (isIpv6 && prefix is not null)
        {
            throw Refuse("NotSimulated", "The sandbox has no public IP prefixes of IPv6.");
        }

        var address =
            prefix is not null && Resources.Get(prefix) is { } range
                ? PublicPrefixApi.Allocate(world, range, Owner(id))
                : world.Addresses.Allocate(Owner(id));
        properties["ipAddress"] = $"{(isIpv6 ? address.MapToIPv6() : address)}";
        if (properties.Object("dnsSettings") is { } dns && dns.Text("domainNameLabel") is { } label)
        {
            dns["fqdn"] = CheckedName(id, label, document.Text("location") ?? "");
        }
    }

    private void CheckPrefix(string id, JsonObject document, JsonObject? before, string? prefix)
    {
        NetworkReferences.Require(Resources, id, prefix);
        if (
            prefix is not null
            && Resources.Get(prefix) is { } range
            && !string.Equals(range.Text("location"), document.Text("location"), StringComparison.OrdinalIgnoreCase)
        )
        {
            throw Refuse("InvalidResourceReference", NetworkReferences.Missing(prefix, $"resource {id}"));
        }

        if (
            before is not null
            && !string.Equals(before.Text("properties", "publicIPPrefix", "id"), prefix, StringComparison.OrdinalIgnoreCase)
        )
        {
            // The wording is not measured.
            throw Refuse("PublicIPAddressPrefixCannotBeChanged", $"The public IP prefix of public IP address {id} cannot be changed.");
        }
    }

    private static void CheckZones(string id, JsonObject document, JsonObject? before)
    {
        var zones = document.Texts("zones");
        if (zones.FirstOrDefault(zone => zone is not ("1" or "2" or "3")) is { } zone)
        {
            throw Refuse(
                "InvalidAvailabilityZone",
                $"The zone(s) '{zone}' for resource '{id}' is not supported. The supported zones for location "
                    + $"'{document.Text("location")}' are '1,2,3'"
            );
        }

        if (before is not null && !before.Texts("zones").Order().SequenceEqual(zones.Order()))
        {
            throw Refuse(
                "ResourceAvailabilityZonesCannotBeModified",
                $"Resource {id} has an existing availability zone constraint {string.Join(", ", before.Texts("zones"))} and the request "
                    + $"has availability zone constraint {string.Join(", ", zones)}, which do not match. Zones cannot be "
                    + "added/updated/removed once the resource is created. The resource cannot be updated from regional to zonal or "
                    + "vice-versa."
            );
        }
    }

    /// <summary>A DNS name of a region belongs to one address in all subscriptions.</summary>
    private string CheckedName(string id, string label, string location)
    {
        if (!DomainLabel().IsMatch(label))
        {
            throw Refuse(
                "InvalidDomainNameLabel",
                $"The domain name label {label} is invalid. It must conform to the following regular expression: "
                    + "^[a-z][a-z0-9-]{1,61}[a-z0-9]$."
            );
        }

        var name = $"{label}.{location}.cloudapp.azure.com";
        if (
            world
                .Store.List(ResourceStore.Table)
                .Any(entry =>
                    entry.Document.Text("properties", "dnsSettings", "fqdn") == name
                    && !string.Equals(entry.Key, id, StringComparison.OrdinalIgnoreCase)
                )
        )
        {
            throw Refuse("DnsRecordInUse", $"DNS record {name} is already used by another public IP.");
        }

        return name;
    }

    protected override JsonObject View(JsonObject document)
    {
        var view = base.View(document);
        if (nodeGroups.User(document.Text("id") ?? "") is { } frontend)
        {
            view.Ensure("properties")["ipConfiguration"] = new JsonObject { ["id"] = frontend };
        }

        return view;
    }

    protected override void RefuseToDelete(string id)
    {
        if (nodeGroups.User(id) is { } frontend)
        {
            throw InUse(id, frontend);
        }

        var user = Resources
            .OfType(id.Split('/')[2], ManagedClusterApi.Type)
            .FirstOrDefault(cluster =>
                (
                    cluster.Document.Object("properties", "networkProfile", "loadBalancerProfile", "outboundIPs")?.Objects("publicIPs")
                    ?? []
                ).Any(address => string.Equals(address.Text("id"), id, StringComparison.OrdinalIgnoreCase))
            );
        if (user.Document is not null)
        {
            throw InUse(id, user.Id);
        }
    }

    protected override void Forget(string id) => world.Addresses.Release(Owner(id));

    private static string Owner(string id) => $"publicIPAddress|{id.ToUpperInvariant()}";

    [GeneratedRegex("^[a-z][a-z0-9-]{1,61}[a-z0-9]$")]
    private static partial Regex DomainLabel();

    private static ArmException InUse(string id, string user) =>
        Refuse(
            "PublicIPAddressCannotBeDeleted",
            $"Public IP address {id} can not be deleted since it is still allocated to resource {user}."
        );

    private static ArmException Refuse(string code, string message) => new(400, code, message) { ByProvider = true };
}
