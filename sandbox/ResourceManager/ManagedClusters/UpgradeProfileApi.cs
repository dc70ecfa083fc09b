using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The Kubernetes versions to which a cluster and its node pools can be upgraded.</summary>
internal sealed class UpgradeProfileApi(ResourceStore resources)
{
    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", ManagedClusterApi.Path + "/{name}/upgradeProfiles/default", OfCluster);
        routes.Map("GET", ManagedClusterApi.Path + "/{name}/agentPools/{child}/upgradeProfiles/default", OfPool);
        routes.Map("GET", ManagedClusterApi.Path + "/{name}/availableAgentPoolVersions", ForPools);
    }

    private ArmAnswer OfCluster(ArmRequest request)
    {
        var (_, cluster) = ManagedClusterApi.Require(resources, request);
        var current = cluster.Text("properties", "currentKubernetesVersion") ?? "";
        return Answer(
            cluster,
            "/upgradeprofiles/default",
            "upgradeprofiles",
            new JsonObject
            {
                ["controlPlaneProfile"] = Describe("master", current, "Linux", KubernetesVersions.UpgradesOf(current)),
                ["agentPoolProfiles"] = new JsonArray([
                    .. ClusterDocument
                        .Pools(cluster)
                        .Select(pool =>
                            Describe(
                                pool.Text("name"),
                                pool.Text("currentOrchestratorVersion") ?? "",
                                pool.Text("osType"),
                                PoolUpgrades(pool, current)
                            )
                        ),
                ]),
            }
        );
    }

    private ArmAnswer OfPool(ArmRequest request)
    {
        var (_, cluster) = ManagedClusterApi.Require(resources, request);
        var pool = AgentPoolApi.RequirePool(cluster, request);
        var properties = Describe(
            null,
            pool.Text("currentOrchestratorVersion") ?? "",
            pool.Text("osType"),
            PoolUpgrades(pool, cluster.Text("properties", "currentKubernetesVersion") ?? "")
        );
        properties.Remove("name");
        properties["latestNodeImageVersion"] = NodeImage.Of(pool.Text("osSKU"), pool.Text("vmSize") ?? "").Name;
        return Answer(cluster, $"/agentPools/{pool.Text("name")}/upgradeprofiles/default", "agentPools/upgradeProfiles", properties);
    }

    private ArmAnswer ForPools(ArmRequest request)
    {
        var (_, cluster) = ManagedClusterApi.Require(resources, request);
        var current = cluster.Text("properties", "currentKubernetesVersion") ?? "";
        return Answer(
            cluster,
            "/availableagentpoolversions",
            "availableAgentpoolVersions",
            new JsonObject
            {
                ["agentPoolVersions"] = new JsonArray([
                    .. KubernetesVersions
                        .ForPools(current)
                        .Select(version =>
                            version == current
                                ? new JsonObject { ["default"] = true, ["kubernetesVersion"] = version }
                                : new JsonObject { ["kubernetesVersion"] = version }
                        ),
                ]),
            }
        );
    }

    /// <summary>Node pools follow their control plane.</summary>
    private static IReadOnlyList<string> PoolUpgrades(JsonObject pool, string controlPlane) =>
        [
            .. KubernetesVersions
                .UpgradesOf(pool.Text("currentOrchestratorVersion") ?? "")
                .Where(version => KubernetesVersions.Compare(version, controlPlane) <= 0),
        ];

    private static JsonObject Describe(string? name, string version, string? osType, IReadOnlyList<string> upgrades) =>
        new()
        {
            ["kubernetesVersion"] = version,
            ["name"] = name,
            ["osType"] = osType,
            ["upgrades"] = new JsonArray([.. upgrades.Select(upgrade => new JsonObject { ["kubernetesVersion"] = upgrade })]),
        };

    private static ArmAnswer Answer(JsonObject cluster, string suffix, string type, JsonObject properties) =>
        ArmAnswer.Ok(
            new JsonObject
            {
                ["id"] = cluster.Text("id") + suffix,
                ["name"] = "default",
                ["type"] = $"{ManagedClusterApi.Type}/{type}",
                ["properties"] = properties,
            }
        );
}
