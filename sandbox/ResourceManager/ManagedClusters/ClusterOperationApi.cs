using System.Text.Json.Nodes;
using MeshPort.Sandbox.World;

namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>The operations on a cluster as its child resources, in preview api-versions only.</summary>
internal sealed class ClusterOperationApi(ResourceStore resources, ArmOperations operations, SandboxClock clock)
{
    private const string Path = ManagedClusterApi.Path + "/{name}/operations";
    private const int Kept = 50;

    public void Map(ArmRoutes routes)
    {
        routes.Map("GET", Path, request => ArmAnswer.Page(Recent(request).Take(Kept).Select(operation => Describe(request, operation))));
        routes.Map(
            "GET",
            Path + "/latest",
            request => ArmAnswer.Ok(Describe(request, Recent(request).FirstOrDefault() ?? throw NotFound("latest")))
        );
        routes.Map(
            "GET",
            Path + "/{child}",
            request =>
                ArmAnswer.Ok(
                    Describe(
                        request,
                        Recent(request).FirstOrDefault(operation => operation.Id == request.Child) ?? throw NotFound(request.Child)
                    )
                )
        );
    }

    private IEnumerable<SandboxOperation> Recent(ArmRequest request)
    {
        if (request.Query("api-version")?.EndsWith("-preview", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new ArmException(
                404,
                "InvalidResourceType",
                $"The resource type 'managedClusters/operations' could not be found in the namespace '{ResourceTypes.ContainerService}' "
                    + $"for api version '{request.Query("api-version")}'."
            );
        }

        var (id, _) = ManagedClusterApi.Require(resources, request);
        return operations
            .All.Where(operation => operation.Target == id || operation.Target.StartsWith(id + "/", StringComparison.Ordinal))
            .OrderByDescending(operation => operation.Started);
    }

    private JsonObject Describe(ArmRequest request, SandboxOperation operation)
    {
        var (type, sub) = Types(operation.Kind);
        var described = new JsonObject
        {
            ["id"] = $"{request.ResourceId(ManagedClusterApi.Type, request.Name)}/operations/{operation.Id}",
            ["name"] = operation.Id,
            ["status"] = operation.Status,
            ["startTime"] = operation.Started.UtcDateTime,
            ["operationType"] = type,
            ["subOperationType"] = sub,
        };
        if (operation.Ended is { } ended)
        {
            described["endTime"] = ended.UtcDateTime;
            described["percentComplete"] = operation.Status == "Succeeded" ? 100 : null;
        }
        else
        {
            described["percentComplete"] = Math.Min(
                99,
                (int)(100 * ((clock.GetUtcNow() - operation.Started) / (operation.Due - operation.Started)))
            );
        }

        if (operation.ErrorCode is not null)
        {
            described["error"] = new JsonObject { ["code"] = operation.ErrorCode, ["message"] = operation.ErrorMessage };
        }

        return described;
    }

    private static (string Type, string Sub) Types(string kind) =>
        kind switch
        {
            ClusterOperations.Create => ("PutManagedCluster", "Creating"),
            ClusterOperations.Upgrade => ("PutManagedCluster", "Upgrading"),
            ClusterOperations.Delete => ("DeleteManagedCluster", "Deleting"),
            ClusterOperations.Start => ("StartManagedCluster", "Starting"),
            ClusterOperations.Stop => ("StopManagedCluster", "Stopping"),
            ClusterOperations.Abort => ("AbortLatestOperation", "Canceling"),
            ClusterOperations.PoolWrite => ("PutAgentPool", "Updating"),
            ClusterOperations.PoolDelete => ("DeleteAgentPool", "Deleting"),
            _ => ("PutManagedCluster", "Updating"),
        };

    private static ArmException NotFound(string operation) =>
        new(404, "NotFound", $"The operation '{operation}' was not found.") { ByProvider = true };
}
