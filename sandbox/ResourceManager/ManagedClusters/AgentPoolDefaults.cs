using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Fills in AKS's defaults for a node pool. Values that are fixed at creation come from the existing pool.</summary>
internal static class AgentPoolDefaults
{
    private static readonly string[] Kept =
    [
        "vmSize",
        "vnetSubnetID",
        "osType",
        "osSKU",
        "osDiskSizeGB",
        "osDiskType",
        "maxPods",
        "mode",
        "type",
    ];

    // Only AKS writes these. Values that a client sends back are ignored.
    private static readonly string[] ReadOnly = ["provisioningState", "currentOrchestratorVersion", "nodeImageVersion", "eTag"];

    public static void FillAll(JsonObject properties, JsonObject? before)
    {
        foreach (var pool in properties.Objects("agentPoolProfiles"))
        {
            var old = before?.Objects("agentPoolProfiles").FirstOrDefault(known => known.Text("name") == pool.Text("name"));

            // Without a version in the request, pools follow an upgrade of the control plane, otherwise keep their version.
            var upgraded = properties.Text("kubernetesVersion") != before?.Text("kubernetesVersion");
            pool.Default("mode", old?.Text("mode") ?? (properties.Array("agentPoolProfiles")?[0] == pool ? "System" : "User"));
            pool.Default("orchestratorVersion", upgraded ? properties.Text("kubernetesVersion") : old?.Text("orchestratorVersion"));
            Fill(pool, properties, old);
        }
    }

    /// <param name="cluster">The cluster's properties.</param>
    public static void Fill(JsonObject pool, JsonObject cluster, JsonObject? old)
    {
        foreach (var written in ReadOnly)
        {
            pool.Remove(written);
        }

        foreach (var kept in Kept)
        {
            pool.Default(kept, old?[kept]?.DeepClone());
        }

        pool.Default("count", 1);
        pool.Default("vmSize", "Standard_D2s_v5");
        pool.Default("osDiskSizeGB", 128);
        pool.Default("osDiskType", "Managed");
        pool.Default("maxPods", MaxPods(cluster));
        pool.Default("type", "VirtualMachineScaleSets");
        pool.Default("mode", "User");
        pool.Default("osType", "Linux");
        pool.Default("osSKU", "Ubuntu");
        pool.Default("orchestratorVersion", old?.Text("orchestratorVersion") ?? cluster.Text("kubernetesVersion"));
        pool["currentOrchestratorVersion"] =
            old?.Text("currentOrchestratorVersion")
            ?? KubernetesVersions.Reached(pool.Text("orchestratorVersion"), cluster.Text("currentKubernetesVersion"));
        pool.Default("powerState", new JsonObject { ["code"] = ClusterDocument.Running });
        pool["eTag"] = old?.Text("eTag");
    }

    /// <summary>30 where pods have addresses of the nodes' subnet.</summary>
    private static int MaxPods(JsonObject cluster) =>
        (cluster.Text("networkProfile", "networkPlugin"), cluster.Text("networkProfile", "networkPluginMode")) switch
        {
            (_, "overlay") => 250,
            ("azure", _) => 30,
            _ => 110,
        };
}
