using System.Globalization;
using System.Text.Json.Nodes;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The machines of a node pool: the instances of its scale set.</summary>
internal sealed class MachineApi(ResourceStore resources)
{
    private const string Path = ManagedClusterApi.Path + "/{name}/agentPools/{child}/machines";

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Path, request => ArmAnswer.Page(request, Machines(request)));
        routes.Map(
            "GET",
            Path + "/{machine}",
            request =>
                ArmAnswer.Ok(
                    Machines(request).FirstOrDefault(machine => machine.Text("name") == request.Route("machine"))
                        ?? throw new ArmException(404, "NotFound", $"Machine {request.Route("machine")} was not found.")
                        {
                            ByProvider = true,
                        }
                )
        );
    }

    private IEnumerable<JsonObject> Machines(ArmRequest request)
    {
        var (id, cluster) = ManagedClusterApi.Require(resources, request);
        var pool = AgentPoolApi.RequirePool(cluster, request);
        var name = pool.Text("name") ?? "";
        var scaleSet = NodeGroupResources.ScaleSetId(ManagedClusterApi.NodeGroupId(id, cluster), pool);
        return Enumerable
            .Range(0, pool.Text("powerState", "code") == ClusterDocument.Stopped ? 0 : pool.Number("count") ?? 0)
            .Select(index =>
            {
                var machine = string.Create(CultureInfo.InvariantCulture, $"{NodeGroupResources.ScaleSetName(pool)}{index:D6}");
                return new JsonObject
                {
                    ["id"] = $"{id}/agentPools/{name}/machines/{machine}",
                    ["name"] = machine,
                    ["type"] = ManagedClusterApi.Type + "/agentPools/machines",
                    ["properties"] = new JsonObject
                    {
                        ["resourceId"] = string.Create(CultureInfo.InvariantCulture, $"{scaleSet}/virtualMachines/{index}"),
                    },
                };
            });
    }
}
