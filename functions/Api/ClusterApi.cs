using MeshPort.Access;
using MeshPort.Arm;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Clusters over HTTP.</summary>
internal sealed class ClusterApi(ApiEndpoint endpoint, ClusterStore clusters, ExposureScope scope, StatusStore log, ClusterDryRun plans)
{
    private const string Collection = "api/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/clusters";
    private const string Route = $"{Collection}/{{cluster}}";

    [Function("PutCluster")]
    public Task<IResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Function, "put", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServePutAsync(
            request,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            ClusterValidator.Validate,
            async (call, spec) =>
                await FindRefusalsAsync(call, spec, cancellationToken) is [var first, ..] refusals
                    ? Problem.Forbidden(first.Detail, refusals)
                : call.IsDryRun ? await PlanPutAsync(call, spec, cancellationToken)
                : await Answers.ChangeAsync(
                    call,
                    durable,
                    await clusters.PutAsync(call.Cluster, spec, call.Precondition, call.By, cancellationToken),
                    cancellationToken
                ),
            cancellationToken
        );

    [Function("GetCluster")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [],
            async call =>
                await clusters.GetAsync(call.Cluster, cancellationToken) is { } found
                    ? Answers.Resource(request, found, await log.ReadHistoryAsync(call.Cluster, null, cancellationToken))
                    : Problem.ClusterNotFound(call.Cluster),
            cancellationToken
        );

    /// <summary>The clusters of a resource group, without histories.</summary>
    [Function("ListClusters")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Collection)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            ResourceName.Of(subscriptionId, resourceGroup, "any"),
            [Query.Top, Query.After],
            call => ListAsync(call, cancellationToken),
            cancellationToken
        );

    [Function("DeleteCluster")]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Operator,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [Query.KeepAzure, Query.DryRun],
            async call =>
            {
                var keepAzure = Query.Flag(request, Query.KeepAzure);
                return await scope.FindRefusalsAsync(call.Allowed, call.Cluster, cancellationToken) is [var first, ..] refusals
                        ? Problem.Forbidden(first.Detail, refusals)
                    : call.IsDryRun ? await PlanDeleteAsync(call, keepAzure, cancellationToken)
                    : await Answers.ChangeAsync(
                        call,
                        durable,
                        await clusters.DeleteAsync(call.Cluster, keepAzure, call.Precondition, call.By, cancellationToken),
                        cancellationToken
                    );
            },
            cancellationToken
        );

    /// <summary>Requests a convergence of the unchanged spec.</summary>
    [Function("ReconcileCluster")]
    public Task<IResult> ReconcileAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = $"{Route}/reconcile")] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Operator,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [],
            async call =>
            {
                if (await clusters.ReconcileAsync(call.Cluster, call.By, cancellationToken) is not { } operation)
                {
                    return Problem.ClusterNotFound(call.Cluster);
                }

                await Keeper.WakeAsync(durable, call.Cluster, cancellationToken);
                return Answers.Accepted(call, operation);
            },
            cancellationToken
        );

    private async Task<IResult> ListAsync(ApiRequest call, CancellationToken cancellationToken)
    {
        var after = Query.Start(call.Http) is { } name ? call.Cluster with { Name = name } : (ClusterId?)null;
        var size = Query.PageSize(call.Http);
        var ids = await clusters.ListIdsAsync(call.Cluster with { Name = "" }, after, size + 1, cancellationToken);
        var page = new List<Resource<ClusterSpec>>();
        foreach (var id in ids.Take(size))
        {
            // The index may name a cluster that was never stored or is deleted already.
            if (await clusters.GetAsync(id, cancellationToken) is { } found)
            {
                page.Add(found);
            }
        }

        return Answers.Page(call.Http, page, ids.Count > size ? ids[size - 1].Name : null);
    }

    private async Task<IReadOnlyList<FieldError>> FindRefusalsAsync(
        ApiRequest call,
        ClusterSpec spec,
        CancellationToken cancellationToken
    ) =>
        call.Allowed.IsAboutClusters || call.Allowed.IsAboutExposures
            ? ClusterRefusals.Of(call.Allowed, call.Cluster, spec, (await clusters.GetAsync(call.Cluster, cancellationToken))?.Spec)
            : [];

    private async Task<IResult> PlanPutAsync(ApiRequest call, ClusterSpec spec, CancellationToken cancellationToken)
    {
        var result = await clusters.DecidePutAsync(call.Cluster, spec, call.Precondition, cancellationToken);
        return result.IsRefused
            ? Answers.Change(call, result)
            : await PlanAsync(
                PlanAnswer.Resource(call.Cluster.Path, result),
                async () => (ExposureDryRun.Seen, await plans.PlanAsync(call.Cluster, spec, cancellationToken)),
                cancellationToken
            );
    }

    private async Task<IResult> PlanDeleteAsync(ApiRequest call, bool keepAzure, CancellationToken cancellationToken)
    {
        var result = await clusters.DecideDeleteAsync(call.Cluster, keepAzure, call.Precondition, cancellationToken);
        return result is not { IsRefused: false, Resource: { } known }
            ? Answers.Change(call, result)
            : await PlanAsync(
                PlanAnswer.Resource(call.Cluster.Path, result),
                async () => keepAzure ? (ExposureDryRun.Seen, []) : await plans.PlanRemovalAsync(call.Cluster, known, cancellationToken),
                cancellationToken
            );
    }

    private static async Task<IResult> PlanAsync(
        PlannedChange own,
        Func<Task<(StepResult Observation, IReadOnlyList<PlannedChange> Changes)>> look,
        CancellationToken cancellationToken
    )
    {
        IReadOnlyList<PlannedChange> others = [];
        var observation = await ArmErrors.ClassifyErrorsAsync(
            async () =>
            {
                (var seen, others) = await look();
                return seen;
            },
            cancellationToken
        );
        return PlanAnswer.Of(observation, [own], others);
    }
}
