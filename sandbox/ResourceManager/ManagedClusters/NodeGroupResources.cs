using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// The resources that AKS creates in a cluster's node resource group: scale sets, the nodes' identity and network security group, and the
/// virtual network of a cluster that has no subnet of a customer's. Load balancer and public addresses are computed from the Services.
/// </summary>
internal sealed class NodeGroupResources(ResourceStore resources)
{
    public const string ScaleSetType = "Microsoft.Compute/virtualMachineScaleSets";
    private const string Number = "10000000";

    /// <summary>Nodes in Kubernetes have this name and a number. The name of a Windows machine has at most 15 characters.</summary>
    public static string ScaleSetName(string pool, bool isWindows) => isWindows ? $"aks{pool}" : $"aks-{pool}-{Number}-vmss";

    /// <param name="pool">The node pool's document.</param>
    public static string ScaleSetName(JsonObject pool) => ScaleSetName(pool.Text("name") ?? "", pool.Text("osType") == "Windows");

    public static string ScaleSetId(string group, JsonObject pool) => $"{group}/providers/{ScaleSetType}/{ScaleSetName(pool)}";

    /// <summary>Creates what the cluster's current state lacks, and deletes the scale sets of deleted node pools.</summary>
    public void Reach(string clusterId, JsonObject cluster)
    {
        var group = ManagedClusterApi.NodeGroupId(clusterId, cluster);
        var pools = ClusterDocument.Pools(cluster);
        foreach (
            var (id, _) in resources
                .Children($"{group}/providers/{ScaleSetType}")
                .Where(entry => pools.All(pool => !Same(entry.Id, ScaleSetId(group, pool))))
        )
        {
            resources.Delete(id);
        }

        foreach (var pool in pools)
        {
            Put(cluster, ScaleSetId(group, pool), ScaleSetType, ScaleSet(pool));
        }

        PutIdentity(cluster, group, cluster.Object("properties", "identityProfile", "kubeletidentity"));
        PutIdentity(cluster, group, NodeGroupProfiles.SecretsProvider(cluster.Properties())?.Object("identity"));
        Put(
            cluster,
            $"{group}/providers/Microsoft.Network/networkSecurityGroups/aks-agentpool-{Number}-nsg",
            "Microsoft.Network/networkSecurityGroups",
            new JsonObject { ["provisioningState"] = "Succeeded" }
        );
        if (pools.All(pool => pool.Text("vnetSubnetID") is null))
        {
            PutNetwork(cluster, group);
        }

        if (cluster.Text("properties", "networkProfile", "networkPlugin") == "kubenet")
        {
            Put(
                cluster,
                $"{group}/providers/Microsoft.Network/routeTables/aks-agentpool-{Number}-routetable",
                "Microsoft.Network/routeTables",
                new JsonObject { ["provisioningState"] = "Succeeded", ["disableBgpRoutePropagation"] = false }
            );
        }
    }

    /// <summary>Deletes the node resource group with everything in it.</summary>
    public void Remove(string clusterId, JsonObject cluster)
    {
        var group = ManagedClusterApi.NodeGroupId(clusterId, cluster);
        foreach (var (id, _) in resources.Below(group))
        {
            resources.Delete(id);
        }

        resources.DeleteGroup(group);
    }

    /// <param name="profile">As the cluster names it; null when it has none.</param>
    private void PutIdentity(JsonObject cluster, string group, JsonObject? profile)
    {
        if (profile?.Text("resourceId") is { } id && id.StartsWith(group + "/", StringComparison.OrdinalIgnoreCase))
        {
            Put(
                cluster,
                $"{group}/providers/{IdentityApi.Type}/{id[(id.LastIndexOf('/') + 1)..]}",
                IdentityApi.Type,
                new JsonObject
                {
                    ["tenantId"] = Entra.Application.TenantId,
                    ["clientId"] = profile.Text("clientId"),
                    ["principalId"] = profile.Text("objectId"),
                }
            );
        }
    }

    private void PutNetwork(JsonObject cluster, string group)
    {
        var id = $"{group}/providers/Microsoft.Network/virtualNetworks/aks-vnet-{Number}";
        var subnet = $"{id}/subnets/aks-subnet";
        Put(
            cluster,
            id,
            "Microsoft.Network/virtualNetworks",
            new JsonObject
            {
                ["provisioningState"] = "Succeeded",
                ["addressSpace"] = new JsonObject { ["addressPrefixes"] = new JsonArray("10.224.0.0/12") },
                ["virtualNetworkPeerings"] = new JsonArray(),
                ["enableDdosProtection"] = false,
            }
        );
        Put(
            cluster,
            subnet,
            "Microsoft.Network/virtualNetworks/subnets",
            new JsonObject
            {
                ["provisioningState"] = "Succeeded",
                ["addressPrefix"] = "10.224.0.0/16",
                ["delegations"] = new JsonArray(),
                ["privateEndpointNetworkPolicies"] = "Disabled",
                ["privateLinkServiceNetworkPolicies"] = "Enabled",
            }
        );
    }

    private void Put(JsonObject cluster, string id, string type, JsonObject properties)
    {
        if (resources.Get(id) is { } before && JsonNode.DeepEquals(before["properties"], properties))
        {
            return;
        }

        var document = new JsonObject
        {
            ["id"] = id,
            ["name"] = id[(id.LastIndexOf('/') + 1)..],
            ["type"] = type,
            ["properties"] = properties,
        };
        if (!type.EndsWith("/subnets", StringComparison.Ordinal))
        {
            document["location"] = cluster.Text("location");
            document["tags"] = new JsonObject { ["aks-managed-cluster-name"] = cluster.Text("name") };
        }

        resources.Put(id, document);
    }

    private static JsonObject ScaleSet(JsonObject pool) =>
        new()
        {
            ["provisioningState"] = "Succeeded",
            ["virtualMachineProfile"] = new JsonObject(),
            ["sku"] = new JsonObject { ["name"] = pool.Text("vmSize"), ["capacity"] = pool.Number("count") },
        };

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
