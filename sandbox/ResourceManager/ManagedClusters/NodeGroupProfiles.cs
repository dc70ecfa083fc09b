using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>What a cluster says of AKS's own resources in its node resource group, once they exist.</summary>
internal static class NodeGroupProfiles
{
    private const string SecretsProviderIdentity = "azurekeyvaultsecretsprovider-";

    /// <summary>The add-on Azure Key Vault provider for Secrets Store CSI Driver. Names of add-ons have no case.</summary>
    public static JsonObject? SecretsProvider(JsonObject properties) =>
        (properties.Object("addonProfiles") ?? [])
            .FirstOrDefault(addOn => addOn.Key.Equals("azureKeyvaultSecretsProvider", StringComparison.OrdinalIgnoreCase))
            .Value as JsonObject;

    public static void Complete(JsonObject cluster)
    {
        var properties = cluster.Ensure("properties");
        var group = ManagedClusterApi.NodeGroupId(ClusterDocument.Id(cluster) ?? "", cluster);
        if (cluster["identity"] is not null)
        {
            CompleteIdentity(properties, KubeletIdentityId(group, cluster.Text("name") ?? ""));
        }

        CompleteSecretsProvider(properties, group, cluster.Text("name") ?? "");
        if (properties.Object("networkProfile", "loadBalancerProfile") is { } balancer)
        {
            CompleteOutbound(properties, balancer, group);
        }

        if (properties.Object("networkProfile", "natGatewayProfile") is { } gateway)
        {
            gateway.Remove("effectiveOutboundIPs");
            if (properties.Text("networkProfile", "outboundType") == "managedNATGateway")
            {
                gateway["effectiveOutboundIPs"] = Ids(Managed(group, gateway.Number("managedOutboundIPProfile", "count") ?? 0));
            }
        }
    }

    /// <summary>The identity of the nodes, unless the client brought one.</summary>
    public static string KubeletIdentityId(string group, string cluster) =>
        $"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{cluster}-agentpool";

    private static void CompleteIdentity(JsonObject properties, string ownId)
    {
        var identity = properties.Ensure("identityProfile").Ensure("kubeletidentity");
        identity.Default("resourceId", ownId.Replace("/resourceGroups/", "/resourcegroups/", StringComparison.Ordinal));
        var id = identity.Text("resourceId") ?? "";
        identity.Default("clientId", ManagedIdentities.IdOf(id, "client"));
        identity.Default("objectId", ManagedIdentities.IdOf(id, "principal"));
    }

    /// <summary>The identity with which the secrets provider reads key vaults.</summary>
    private static void CompleteSecretsProvider(JsonObject properties, string group, string cluster)
    {
        if (SecretsProvider(properties) is not { } addOn)
        {
            return;
        }

        addOn.Remove("identity");
        if (addOn.Flag("enabled") == true)
        {
            var id = $"{group}/providers/{IdentityApi.Type}/{SecretsProviderIdentity}{cluster}";
            addOn["identity"] = new JsonObject
            {
                ["resourceId"] = id.Replace("/resourceGroups/", "/resourcegroups/", StringComparison.Ordinal),
                ["clientId"] = ManagedIdentities.IdOf(id, "client"),
                ["objectId"] = ManagedIdentities.IdOf(id, "principal"),
            };
        }
    }

    private static void CompleteOutbound(JsonObject properties, JsonObject balancer, string group)
    {
        var own = balancer.Object("outboundIPs")?.Objects("publicIPs").Select(address => address.Text("id") ?? "");
        var managed = Managed(group, balancer.Number("managedOutboundIPs", "count") ?? 0);
        balancer.Remove("effectiveOutboundIPs");
        if (properties.Text("networkProfile", "outboundType") == "loadBalancer" && Ids(own ?? managed) is { Count: > 0 } ids)
        {
            balancer["effectiveOutboundIPs"] = ids;
        }
    }

    private static IEnumerable<string> Managed(string group, int count) =>
        Enumerable.Range(0, count).Select(index => $"{group}/providers/Microsoft.Network/publicIPAddresses/{Name(group, index)}");

    private static JsonArray Ids(IEnumerable<string> ids) => new([.. ids.Select(id => new JsonObject { ["id"] = id })]);

    private static string Name(string group, int index) =>
        new Guid(
            SHA256
                .HashData(Encoding.UTF8.GetBytes($"{group.ToUpperInvariant()}/{index.ToString(CultureInfo.InvariantCulture)}"))
                .AsSpan(0, 16)
        ).ToString();
}
