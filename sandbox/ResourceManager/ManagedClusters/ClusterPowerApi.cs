namespace MeshPort.Sandbox.ResourceManager.ManagedClusters;

/// <summary>Start, stop, and abort of the running operation.</summary>
internal sealed class ClusterPowerApi(ResourceStore resources, ClusterOperations operations)
{
    public void Map(ArmRoutes routes)
    {
        routes.Map(
            "POST",
            ManagedClusterApi.Path + "/{name}/start",
            request => Switch(request, ClusterOperations.Start, "Starting", ClusterDocument.Stopped)
        );
        routes.Map(
            "POST",
            ManagedClusterApi.Path + "/{name}/stop",
            request => Switch(request, ClusterOperations.Stop, "Stopping", ClusterDocument.Running)
        );
        routes.Map("POST", ManagedClusterApi.Path + "/{name}/abort", Abort);
    }

    private ArmAnswer Switch(ArmRequest request, string kind, string state, string from)
    {
        var (id, cluster) = ManagedClusterApi.Require(resources, request);
        operations.RefuseWhileBusy(id, cluster);
        AutomaticSku.RefuseFor(cluster, "A cluster with a managed system node pool cannot be stopped.");
        if (cluster.Text("properties", "powerState", "code") is var power && power != from)
        {
            throw ArmErrors.BadRequest(
                $"managed cluster is in Provisioning State({cluster.Text("properties", "provisioningState")}) and Power State({power}), "
                    + $"{state.ToLowerInvariant()} cannot be performed"
            );
        }

        var operation = operations.Begin(kind, id, cluster, ClusterOperations.Switching);
        ClusterDocument.SetState(cluster.Ensure("properties"), state);
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(202), request, operation, withLocation: true);
    }

    /// <summary>The running operation and the cluster's state end as <c>Canceled</c>. The next PUT repairs the cluster.</summary>
    private ArmAnswer Abort(ArmRequest request)
    {
        var (id, cluster) = ManagedClusterApi.Require(resources, request);
        if (
            operations.RunningOn(id) is not { Kind: not (ClusterOperations.Abort or ClusterOperations.Delete) } running
            || running.Target != id
        )
        {
            throw ClusterOperations.NotAllowed(
                "Operation is not allowed: no operation that could be aborted is in progress on the managed cluster."
            );
        }

        operations.Interrupt(running);
        var abort = operations.Begin(ClusterOperations.Abort, id, cluster, ClusterOperations.Aborting);
        ClusterDocument.SetState(cluster.Ensure("properties"), "Canceling");
        resources.Put(id, cluster);
        return OperationAnswers.Announce(new ArmAnswer(202), request, abort, withLocation: true);
    }
}
