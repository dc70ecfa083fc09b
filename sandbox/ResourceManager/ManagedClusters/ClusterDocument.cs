using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.Subscriptions;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The stored document of a cluster: envelope, states, etags, pools.</summary>
internal static class ClusterDocument
{
    public const string Running = "Running";
    public const string Stopped = "Stopped";

    // Hidden from clients: the id in its first spelling, which the Kubernetes side uses.
    private const string Spelling = "$id";

    /// <summary>
    /// Keys in AKS's order. The id has AKS's lower-case <c>resourcegroups</c>, the type its capital M (reference arm.md, section 3).
    /// </summary>
    public static JsonObject Envelope(ArmRequest request, string id, string name, string location, JsonObject properties)
    {
        var cluster = new JsonObject
        {
            ["id"] = id.Replace("/resourceGroups/", "/resourcegroups/", StringComparison.Ordinal),
            ["location"] = location,
            ["name"] = name,
            ["type"] = "Microsoft.ContainerService/ManagedClusters",
            ["kind"] = "Base",
            ["properties"] = properties,
            ["identity"] = request.Body.Object("identity")?.DeepClone(),
            ["sku"] = Sku(request.Body.Object("sku")),
            [Spelling] = id,
        };
        SetTags(cluster, request.Body.Object("tags"));
        if (cluster["identity"] is null)
        {
            cluster.Remove("identity");
        }

        return cluster;
    }

    /// <summary>Until api-version 2023-02-01, the names were Basic and Paid.</summary>
    private static JsonObject Sku(JsonObject? requested) =>
        new()
        {
            ["name"] = requested?.Text("name") is { } name and not "Basic" ? name : "Base",
            ["tier"] = requested?.Text("tier") switch
            {
                null => requested?.Text("name") == AutomaticSku.Name ? "Standard" : "Free",
                "Paid" => "Standard",
                var tier => tier,
            },
        };

    /// <summary>A resource without tags has no such property.</summary>
    public static void SetTags(JsonObject cluster, JsonObject? tags)
    {
        cluster.Remove("tags");
        if (tags is { Count: > 0 })
        {
            cluster["tags"] = tags.DeepClone();
        }
    }

    public static JsonObject NodeGroup(string id, JsonObject cluster, string location)
    {
        var groupId = ManagedClusterApi.NodeGroupId(id, cluster);
        var group = ResourceGroupApi.Describe(groupId, groupId.Split('/')[4], location, tags: null);
        group["managedBy"] = id;
        return group;
    }

    public static string? Id(JsonObject cluster) => cluster.Text(Spelling);

    public static IReadOnlyList<JsonObject> Pools(JsonObject cluster) => cluster.Objects("properties", "agentPoolProfiles");

    public static JsonObject? Pool(JsonObject cluster, string name) =>
        Pools(cluster).FirstOrDefault(pool => string.Equals(pool.Text("name"), name, StringComparison.OrdinalIgnoreCase));

    /// <summary>A cluster and its pools change state together.</summary>
    public static JsonObject SetState(JsonObject properties, string state)
    {
        properties["provisioningState"] = state;
        foreach (var pool in properties.Objects("agentPoolProfiles"))
        {
            pool["provisioningState"] = state;
        }

        return properties;
    }

    public static void SetPower(JsonObject cluster, string code)
    {
        cluster.Ensure("properties")["powerState"] = new JsonObject { ["code"] = code };
        foreach (var pool in Pools(cluster))
        {
            pool["powerState"] = new JsonObject { ["code"] = code };
        }
    }

    public static bool IsStopped(JsonObject cluster) => cluster.Text("properties", "powerState", "code") == Stopped;

    /// <summary>Sets the current versions to the requested ones.</summary>
    public static void ReachVersions(JsonObject cluster)
    {
        var properties = cluster.Ensure("properties");
        properties["currentKubernetesVersion"] = KubernetesVersions.Reached(
            properties.Text("kubernetesVersion"),
            properties.Text("currentKubernetesVersion")
        );
        foreach (var pool in Pools(cluster))
        {
            ReachVersion(pool);
        }
    }

    /// <summary>Whether an existing pool is to get another version.</summary>
    public static bool IsUpgrading(JsonObject pool) =>
        pool.Text("currentOrchestratorVersion") is { } current
        && KubernetesVersions.Reached(pool.Text("orchestratorVersion"), current) != current;

    public static void ReachVersion(JsonObject pool) =>
        pool["currentOrchestratorVersion"] = KubernetesVersions.Reached(
            pool.Text("orchestratorVersion"),
            pool.Text("currentOrchestratorVersion")
        );

    /// <summary>A write to the cluster changes its etag and those of its pools. A write to a pool changes only the pool's.</summary>
    public static void Renew(JsonObject cluster, SandboxIds ids)
    {
        cluster["eTag"] = ids.NewGuid($"etag/{cluster.Text("id")}").ToString();
        foreach (var pool in Pools(cluster))
        {
            RenewPool(cluster, pool, ids);
        }
    }

    public static void RenewPool(JsonObject cluster, JsonObject pool, SandboxIds ids) =>
        pool["eTag"] = ids.NewGuid($"etag/{cluster.Text("id")}/{pool.Text("name")}").ToString();
}
