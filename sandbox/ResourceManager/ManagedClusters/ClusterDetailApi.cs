using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>
/// Smaller reads about a cluster, and actions that need something that the sandbox does not have: these are refused with a reason.
/// </summary>
internal sealed class ClusterDetailApi(ResourceStore resources)
{
    private const string Cluster = ManagedClusterApi.Path + "/{name}";

    private static readonly (string Action, string Reason)[] NotSimulated =
    [
        (
            "runCommand",
            "The sandbox does not run commands inside a cluster (managedClusters/runCommand). Use kubectl with the cluster's own "
                + "kubeconfig: az aks get-credentials."
        ),
        ("rotateClusterCertificates", "The sandbox does not rotate the certificates of a cluster. Each of its starts creates new ones."),
        ("rotateServiceAccountSigningKeys", "The sandbox does not rotate the signing keys of service accounts."),
        ("resetServicePrincipalProfile", "The sandbox does not simulate service principals of clusters."),
        ("resetAADProfile", "The sandbox does not simulate the legacy Microsoft Entra integration. Set aadProfile.managed."),
        ("resolvePrivateLinkServiceId", "The sandbox does not simulate private link services."),
    ];

    // Learn, "Outbound network and FQDN rules for AKS clusters".
    private static readonly (string Category, string[] Hosts)[] Outbound =
    [
        ("azure-resource-management", ["management.azure.com", "login.microsoftonline.com"]),
        ("images", ["mcr.microsoft.com", "*.data.mcr.microsoft.com"]),
        ("artifacts", ["packages.microsoft.com", "acs-mirror.azureedge.net"]),
    ];

    public void Map(ArmRoutes routes)
    {
        foreach (var (action, reason) in NotSimulated)
        {
            routes.Map(
                "POST",
                $"{Cluster}/{action}",
                request =>
                {
                    ManagedClusterApi.Require(resources, request);
                    throw new ArmException(400, "NotSimulated", reason) { ByProvider = true };
                }
            );
        }

        routes.Map("GET", Cluster + "/outboundNetworkDependenciesEndpoints", request => Known(request, Outbound.Select(Endpoints)));
        routes.Map("GET", Cluster + "/privateEndpointConnections", request => Known(request, []));
        routes.Map("GET", Cluster + "/privateLinkResources", request => Known(request, PrivateLinks(request)));
    }

    private ArmAnswer Known(ArmRequest request, IEnumerable<JsonObject> items)
    {
        ManagedClusterApi.Require(resources, request);
        return ArmAnswer.Page(items);
    }

    private static JsonObject Endpoints((string Category, string[] Hosts) group) =>
        new()
        {
            ["category"] = group.Category,
            ["endpoints"] = new JsonArray([
                .. group.Hosts.Select(host => new JsonObject
                {
                    ["domainName"] = host,
                    ["endpointDetails"] = new JsonArray(new JsonObject { ["port"] = 443, ["protocol"] = "Https" }),
                }),
            ]),
        };

    private IEnumerable<JsonObject> PrivateLinks(ArmRequest request)
    {
        var (id, cluster) = ManagedClusterApi.Require(resources, request);
        if (cluster.Flag("properties", "apiServerAccessProfile", "enablePrivateCluster") == true)
        {
            yield return new JsonObject
            {
                ["id"] = $"{id}/privateLinkResources/management",
                ["name"] = "management",
                ["type"] = ManagedClusterApi.Type + "/privateLinkResources",
                ["groupId"] = "management",
                ["requiredMembers"] = new JsonArray("management"),
            };
        }
    }
}
