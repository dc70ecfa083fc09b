using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// AKS's validation of the way out of a cluster: the outbound type and the load balancer's profile (AKS documentation, "Customize cluster
/// egress with outbound types"). The wording is not measured, except that of the missing route table and of the managed NAT gateway.
/// </summary>
internal sealed class OutboundRules(ResourceStore resources)
{
    private const string Profile = "networkProfile.loadBalancerProfile";

    /// <summary>The changes of the outbound type in networks of AKS, and in networks of customers; any may become none.</summary>
    private static readonly string[] OfManaged = ["loadBalancer", "managedNATGateway"];
    private static readonly string[] OfOwn = ["loadBalancer", "userAssignedNATGateway", "userDefinedRouting"];

    public void Check(JsonObject properties)
    {
        var network = properties.Object("networkProfile") ?? [];
        if (string.Equals(network.Text("loadBalancerSku"), "basic", StringComparison.OrdinalIgnoreCase))
        {
            // Azure retired the Basic SKU on 30 September 2025.
            throw ArmErrors.InvalidParameter(
                "networkProfile.loadBalancerSku",
                "The load balancer SKU 'basic' is retired. Use the SKU 'standard'."
            );
        }

        CheckType(network, properties.Objects("agentPoolProfiles"));
        CheckNumbers(network);
        CheckAddresses(network.Object("loadBalancerProfile") ?? []);
        DualStackRules.Check(network, properties.Objects("agentPoolProfiles"), resources);
    }

    public static void CheckUnchanged(JsonObject properties, JsonObject before)
    {
        DualStackRules.CheckUnchanged(properties.Object("networkProfile") ?? [], before.Object("networkProfile") ?? []);
        var (to, from) = (properties.Text("networkProfile", "outboundType"), before.Text("networkProfile", "outboundType"));
        var allowed = before.Objects("agentPoolProfiles").Any(pool => pool.Text("vnetSubnetID") is not null) ? OfOwn : OfManaged;
        if (to != from && !(allowed.Contains(from) && (to == "none" || allowed.Contains(to))))
        {
            throw ArmErrors.BadRequest(
                $"Updating the outbound type from '{from}' to '{to}' is not allowed in this virtual network.",
                "networkProfile.outboundType"
            );
        }
    }

    private void CheckType(JsonObject network, IReadOnlyList<JsonObject> pools)
    {
        var type = network.Text("outboundType");
        var subnets = pools.Select(pool => pool.Text("vnetSubnetID")).ToList();
        if (type is "userDefinedRouting" or "userAssignedNATGateway" && subnets.Contains(null))
        {
            throw ArmErrors.InvalidParameter(
                "networkProfile.outboundType",
                $"The outbound type '{type}' needs a subnet of your own in every agent pool (vnetSubnetID)."
            );
        }

        if (type == "managedNATGateway" && pools.FirstOrDefault(pool => pool.Text("vnetSubnetID") is not null) is { } own)
        {
            // https://github.com/kubernetes-sigs/cluster-api-provider-azure/issues/5429
            throw new ArmException(
                400,
                "InvalidParameter",
                $"Outbound type is managedNATGateway but agent pool '{own.Text("name")}' is using custom VNet, which is not allowed."
            )
            {
                Target = "properties.vnetSubnetID",
                ByProvider = true,
            };
        }

        if (
            type == "userAssignedNATGateway"
            && subnets.FirstOrDefault(subnet => resources.Get(subnet ?? "")?.Text("properties", "natGateway", "id") is null) is { } bare
        )
        {
            throw ArmErrors.BadRequest(
                $"The outbound type 'userAssignedNATGateway' needs a NAT gateway that is associated with subnet {bare}.",
                "networkProfile.outboundType"
            );
        }

        if (
            type == "userDefinedRouting"
            && subnets.FirstOrDefault(subnet => resources.Get(subnet ?? "")?.Text("properties", "routeTable", "id") is null) is { } without
        )
        {
            throw new ArmException(
                400,
                "ExistingRouteTableNotAssociatedWithSubnet",
                $"An existing route table has not been associated with subnet {without}. Please update the route table association."
            )
            {
                ByProvider = true,
            };
        }

        if (type == "userDefinedRouting" && subnets.Any(subnet => !HasWayOut(subnet ?? "")))
        {
            throw ArmErrors.BadRequest(
                "The outbound type 'userDefinedRouting' needs a route for 0.0.0.0/0 to a gateway or an appliance, not to the Internet.",
                "networkProfile.outboundType"
            );
        }
    }

    private bool HasWayOut(string subnet) =>
        resources.Get(subnet)?.Text("properties", "routeTable", "id") is { } table
        && resources
            .Children(table + "/routes")
            .Any(route =>
                route.Document.Text("properties", "addressPrefix") == "0.0.0.0/0"
                && route.Document.Text("properties", "nextHopType") is not "Internet"
            );

    private static void CheckNumbers(JsonObject network)
    {
        SettingRanges.Check(network, "networkProfile", 1, 100, "loadBalancerProfile", "managedOutboundIPs", "count");
        SettingRanges.Check(network, "networkProfile", 0, 64000, "loadBalancerProfile", "allocatedOutboundPorts");
        SettingRanges.Check(network, "networkProfile", 4, 120, "loadBalancerProfile", "idleTimeoutInMinutes");
        SettingRanges.Check(network, "networkProfile", 1, 16, "natGatewayProfile", "managedOutboundIPProfile", "count");
        SettingRanges.Check(network, "networkProfile", 4, 120, "natGatewayProfile", "idleTimeoutInMinutes");
        if (network.Number("loadBalancerProfile", "allocatedOutboundPorts") % 8 is not (null or 0))
        {
            throw ArmErrors.InvalidParameter($"{Profile}.allocatedOutboundPorts", "allocatedOutboundPorts must be a multiple of 8.");
        }
    }

    private void CheckAddresses(JsonObject profile)
    {
        if (new[] { "managedOutboundIPs", "outboundIPs", "outboundIPPrefixes" }.Count(kind => profile.Object(kind) is not null) > 1)
        {
            throw ArmErrors.InvalidParameter(Profile, "Only one of managedOutboundIPs, outboundIPs and outboundIPPrefixes can be given.");
        }

        var named = (profile.Object("outboundIPs")?.Objects("publicIPs") ?? []).Concat(
            profile.Object("outboundIPPrefixes")?.Objects("publicIPPrefixes") ?? []
        );
        if (named.Select(entry => entry.Text("id") ?? "").FirstOrDefault(id => resources.Get(id) is null) is { } missing)
        {
            throw ArmErrors.BadRequest($"The outbound resource '{missing}' could not be found.", Profile);
        }
    }
}
