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

    // Off until a client asks for them.
    private static readonly string[] Off =
    [
        "enableAutoScaling",
        "enableNodePublicIP",
        "enableEncryptionAtHost",
        "enableUltraSSD",
        "enableFIPS",
    ];

    // Meaningful only in spot pools.
    private static readonly string[] OfSpot = ["scaleSetPriority", "scaleSetEvictionPolicy", "spotMaxPrice"];

    // Only AKS writes these. Values that a client sends back are ignored.
    private static readonly string[] ReadOnly = ["provisioningState", "currentOrchestratorVersion", "nodeImageVersion", "eTag"];

    public static void FillAll(JsonObject properties, JsonObject? before)
    {
        foreach (var pool in properties.Objects("agentPoolProfiles"))
        {
            var old = before?.Objects("agentPoolProfiles").FirstOrDefault(known => known.Text("name") == pool.Text("name"));

            // Without a version in the request, pools follow an upgrade of the control plane, otherwise keep their version.
            var upgraded = properties.Text("kubernetesVersion") != before?.Text("kubernetesVersion");
            RemoveEmpty(pool, "orchestratorVersion");
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

        RemoveEmpty(pool, "vmSize");
        RemoveEmpty(pool, "orchestratorVersion");
        if (pool["osDiskSizeGB"] is JsonValue size && size.TryGetValue<int>(out var gigabytes) && gigabytes == 0)
        {
            pool.Remove("osDiskSizeGB"); // 0 means the default
        }

        foreach (var kept in Kept)
        {
            pool.Default(kept, old?[kept]?.DeepClone());
        }

        pool.Default("count", 1);
        pool.Default("vmSize", "Standard_D2s_v5");
        pool.Default("osDiskSizeGB", 128);
        pool.Default("osDiskType", "Managed");
        pool.Default("kubeletDiskType", "OS");
        pool.Default("maxPods", MaxPods(cluster));
        pool.Default("type", "VirtualMachineScaleSets");
        pool.Default("scaleDownMode", "Delete");
        pool.Default("mode", "User");
        pool.Default("osType", "Linux");
        pool.Default("osSKU", pool.Text("osType") == "Windows" ? "Windows2022" : "Ubuntu");
        foreach (var off in Off)
        {
            pool.Default(off, false);
        }

        pool.Default("nodeLabels", new JsonObject());
        pool["nodeImageVersion"] = NodeImage.Of(pool.Text("osSKU"), pool.Text("vmSize") ?? "").Name;
        var upgrade = pool.Ensure("upgradeSettings");
        upgrade.Default("maxSurge", "10%");
        upgrade.Default("maxUnavailable", "0");
        var security = pool.Ensure("securityProfile");
        security.Default("enableVTPM", false);
        security.Default("enableSecureBoot", false);
        RemoveUnset(pool);
        pool.Default("orchestratorVersion", old?.Text("orchestratorVersion") ?? cluster.Text("kubernetesVersion"));
        pool["currentOrchestratorVersion"] =
            old?.Text("currentOrchestratorVersion")
            ?? KubernetesVersions.Reached(pool.Text("orchestratorVersion"), cluster.Text("currentKubernetesVersion"));
        pool.Default("powerState", new JsonObject { ["code"] = ClusterDocument.Running });
        pool["eTag"] = old?.Text("eTag");
    }

    /// <summary>AKS does not answer settings of spot pools for regular ones, nor empty taints.</summary>
    private static void RemoveUnset(JsonObject pool)
    {
        if (!string.Equals(pool.Text("scaleSetPriority"), "Spot", StringComparison.OrdinalIgnoreCase))
        {
            foreach (var name in OfSpot)
            {
                pool.Remove(name);
            }
        }

        if (pool.Array("nodeTaints") is { Count: 0 })
        {
            pool.Remove("nodeTaints");
        }

        foreach (var name in pool.Where(property => property.Value is null).Select(property => property.Key).ToList())
        {
            pool.Remove(name);
        }
    }

    /// <summary>Azure CLI sends an empty text for a value that AKS chooses.</summary>
    private static void RemoveEmpty(JsonObject pool, string name)
    {
        if (pool.Text(name) is { Length: 0 })
        {
            pool.Remove(name);
        }
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
