using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager.RequestBodies;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Node pools as separate resources. They are stored in the cluster's document.</summary>
internal sealed class AgentPoolApi(ResourceStore resources, ClusterOperations operations)
{
    private const string Type = ManagedClusterApi.Type + "/agentPools";
    private const string Path = ManagedClusterApi.Path + "/{name}/agentPools";
    private const string PropertiesType = "ManagedClusterAgentPoolProfileProperties";

    public static JsonObject RequirePool(JsonObject cluster, ArmRequest request) =>
        ClusterDocument.Pool(cluster, request.Child)
        ?? throw new ArmException(404, "NotFound", $"Could not find the agentPool: {request.Child} in managed cluster {request.Name}.")
        {
            ByProvider = true,
        };

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Path, request => ArmAnswer.Page(Pools(request)));
        routes.Map("GET", Path + "/{child}", Get);
        routes.Map("PUT", Path + "/{child}", Put);
        routes.Map("DELETE", Path + "/{child}", Delete);
        routes.Map("POST", Path + "/{child}/abort", Abort);
        routes.Map("POST", Path + "/{child}/upgradeNodeImageVersion", UpgradeNodeImage);
    }

    private IEnumerable<JsonObject> Pools(ArmRequest request)
    {
        var (id, cluster) = ManagedClusterApi.Require(resources, request);
        return ClusterDocument.Pools(cluster).Select(pool => Describe(id, pool));
    }

    private ArmAnswer Get(ArmRequest request)
    {
        var (id, cluster) = ManagedClusterApi.Require(resources, request);
        return ArmAnswer.Ok(Describe(id, RequirePool(cluster, request)));
    }

    private ArmAnswer Put(ArmRequest request)
    {
        resources.RequireWritableGroup(request);
        var (id, cluster) = RequireParent(request);
        AutomaticSku.RefuseFor(cluster, "The sandbox does not simulate node pools of the client on clusters of the SKU Automatic.");
        var old = ClusterDocument.Pool(cluster, request.Child);
        ClusterPreconditions.CheckPut(request, old is null ? null : old.Text("eTag") ?? "");
        operations.RefusePoolWhileBusy(id, request.Child, cluster);
        ClusterOperations.RefuseWhileStopped(cluster);
        var pool = (JsonObject)request.Body.Properties().DeepClone();
        if (old is not null)
        {
            VersionShape.Keep(ResourceTypes.ContainerService, PropertiesType, request.Query("api-version") ?? "", pool, old);
        }

        pool.Remove("name");
        pool.Insert(0, "name", old?.Text("name") ?? request.Child);
        Check(id, cluster, pool, old);

        var (state, takes) = Change(pool, old);
        pool["provisioningState"] = state;
        var pools = cluster.Array("properties", "agentPoolProfiles") ?? [];
        if (old is null)
        {
            pools.Add(pool);
        }
        else
        {
            pools[pools.IndexOf(old)] = pool;
        }

        var operation = operations.Begin(
            ClusterOperations.PoolWrite,
            ClusterOperations.PoolId(id, pool.Text("name") ?? ""),
            cluster,
            takes
        );
        resources.Put(id, cluster);
        var answer = OperationAnswers.Announce(new ArmAnswer(old is null ? 201 : 200, Describe(id, pool)), request, operation);
        return AgentPoolRules.Warning([pool]) is { } warning ? answer.With("Warning", warning) : answer;
    }

    private ArmAnswer Delete(ArmRequest request)
    {
        var (id, cluster) = RequireParent(request);
        if (ClusterDocument.Pool(cluster, request.Child) is not { } pool)
        {
            return new ArmAnswer(204);
        }

        ClusterPreconditions.CheckMatch(request, pool.Text("eTag") ?? "");
        operations.RefusePoolWhileBusy(id, request.Child, cluster);
        ClusterOperations.RefuseWhileStopped(cluster);
        var others = ClusterDocument.Pools(cluster).Where(other => other != pool && other.Text("provisioningState") != "Deleting").ToList();
        if (others.All(other => other.Text("mode") != "System"))
        {
            throw new ArmException(
                400,
                "OperationNotAllowed",
                others.Count == 0 ? "There has to be at least one agent pool." : "Must define at least one system pool."
            )
            {
                ByProvider = true,
                Flat = true,
            };
        }

        var operation = operations.Begin(
            ClusterOperations.PoolDelete,
            ClusterOperations.PoolId(id, pool.Text("name") ?? ""),
            cluster,
            ClusterOperations.Deleting
        );
        pool["provisioningState"] = "Deleting";
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(202), request, operation, withLocation: true);
    }

    private ArmAnswer Abort(ArmRequest request)
    {
        var (id, cluster) = ManagedClusterApi.Require(resources, request);
        var pool = RequirePool(cluster, request);
        var target = ClusterOperations.PoolId(id, pool.Text("name") ?? "");
        if (operations.RunningOn(target) is not { Kind: ClusterOperations.PoolWrite } running)
        {
            throw ClusterOperations.NotAllowed(
                "Operation is not allowed: no operation that could be aborted is in progress on the agent pool."
            );
        }

        operations.Interrupt(running);
        var abort = operations.Begin(ClusterOperations.Abort, target, cluster, ClusterOperations.Aborting);
        pool["provisioningState"] = "Canceling";
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(202), request, abort, withLocation: true);
    }

    /// <summary>Each node image has one version: the nodes are replaced, and their version stays.</summary>
    private ArmAnswer UpgradeNodeImage(ArmRequest request)
    {
        var (id, cluster) = ManagedClusterApi.Require(resources, request);
        var pool = RequirePool(cluster, request);
        operations.RefusePoolWhileBusy(id, request.Child, cluster);
        ClusterOperations.RefuseWhileStopped(cluster);
        pool["provisioningState"] = "UpgradingNodeImageVersion";
        var target = ClusterOperations.PoolId(id, pool.Text("name") ?? "");
        var operation = operations.Begin(ClusterOperations.PoolWrite, target, cluster, ClusterOperations.Upgrading);
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(202, Describe(id, pool)), request, operation, withLocation: true);
    }

    private void Check(string id, JsonObject cluster, JsonObject pool, JsonObject? old)
    {
        var properties = cluster.Properties();
        var location = cluster.Text("location") ?? "";
        AgentPoolDefaults.Fill(pool, properties, old);
        AgentPoolRules.Check(location, pool, old, properties.Object("networkProfile") ?? []);
        KubernetesUpgrades.CheckPool(
            pool.Text("orchestratorVersion"),
            old?.Text("currentOrchestratorVersion"),
            properties.Text("currentKubernetesVersion") ?? ""
        );

        var wanted = (JsonObject)properties.DeepClone();
        wanted["agentPoolProfiles"] = new JsonArray([
            .. ClusterDocument.Pools(cluster).Where(other => other != old).Append(pool).Select(each => each.DeepClone()),
        ]);
        AgentPoolRules.CheckAll(location, wanted, before: null);
        new NetworkRules(resources).Check(id, wanted);
        new CoreQuota(resources).Check(id, location, wanted.Objects("agentPoolProfiles"));
    }

    private static (string State, DurationRange Takes) Change(JsonObject pool, JsonObject? old)
    {
        if (old is null)
        {
            return ("Creating", ClusterOperations.AddingPool);
        }

        return ClusterDocument.IsUpgrading(pool) ? ("Upgrading", ClusterOperations.Upgrading)
            : pool.Number("count") != old.Number("count") ? ("Scaling", ClusterOperations.Updating)
            : ("Updating", ClusterOperations.Updating);
    }

    private (string Id, JsonObject Cluster) RequireParent(ArmRequest request)
    {
        resources.RequireGroup(request);
        var id = request.ResourceId(ManagedClusterApi.Type, request.Name);
        return resources.Get(id) is null ? throw ArmErrors.ParentNotFound(Type, id) : ManagedClusterApi.Require(resources, request);
    }

    private static JsonObject Describe(string id, JsonObject pool)
    {
        var properties = (JsonObject)pool.DeepClone();
        properties.Remove("name");
        return new JsonObject
        {
            ["id"] = $"{id}/agentPools/{pool.Text("name")}".Replace("/resourceGroups/", "/resourcegroups/", StringComparison.Ordinal),
            ["name"] = pool.Text("name"),
            ["type"] = Type,
            ["properties"] = properties,
        };
    }
}
