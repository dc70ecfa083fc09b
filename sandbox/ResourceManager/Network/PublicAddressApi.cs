using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.ManagedClusters;
using MeshPort.Sandbox.ResourceManager.Subscriptions;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.Network;

/// <summary>Public IP addresses: a customer's own, and those of AKS in node resource groups.</summary>
internal sealed class PublicAddressApi(
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

        properties.Default("ipTags", new JsonArray());
        properties["ipAddress"] = world.Addresses.Allocate(Owner(id)).ToString();
        if (properties.Object("dnsSettings") is { } dns && dns.Text("domainNameLabel") is { } label)
        {
            dns["fqdn"] = $"{label}.{document.Text("location")}.cloudapp.azure.com";
        }
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

    private static ArmException InUse(string id, string user) =>
        Refuse(
            "PublicIPAddressCannotBeDeleted",
            $"Public IP address {id} can not be deleted since it is still allocated to resource {user}."
        );

    private static ArmException Refuse(string code, string message) => new(400, code, message) { ByProvider = true };
}
