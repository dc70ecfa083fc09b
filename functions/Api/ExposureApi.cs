using MeshPort.Access;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Exposures over HTTP, one by one.</summary>
internal sealed class ExposureApi(
    ApiEndpoint endpoint,
    ExposureScope scope,
    ClusterStore clusters,
    ExposureStore exposures,
    ExposureRequests requests,
    StatusStore log,
    ExposureDryRun plans
)
{
    internal const string Collection = "api/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/clusters/{cluster}/exposures";
    private const string Route = $"{Collection}/{{exposure}}";

    [Function("PutExposure")]
    public Task<IResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Function, "put", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        string exposure,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServePutAsync(
            request,
            ResourceName.Of(subscriptionId, resourceGroup, cluster, exposure),
            ExposureValidator.Validate,
            (call, spec) => ChangeAsync(call, spec, durable, cancellationToken),
            cancellationToken
        );

    [Function("GetExposure")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        string exposure,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            ResourceName.Of(subscriptionId, resourceGroup, cluster, exposure),
            [],
            async call =>
                await exposures.GetAsync(call.Cluster, exposure, cancellationToken) is { } found
                    ? Answers.Resource(request, found, await log.ReadHistoryAsync(call.Cluster, exposure, cancellationToken))
                    : Problem.NotFound($"Cluster {cluster} has no exposure '{exposure}'."),
            cancellationToken
        );

    /// <summary>The exposures of a cluster in the order of their names, without histories.</summary>
    [Function("ListExposures")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Collection)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [Query.Top, Query.After],
            async call =>
                await clusters.FindAsync(call.Cluster, cancellationToken) is null
                    ? Problem.ClusterNotFound(call.Cluster)
                    : Answers.Page(
                        request,
                        await exposures.ListAsync(call.Cluster, Query.Start(request), Query.PageSize(request) + 1, cancellationToken),
                        exposure => exposure.Metadata.Name
                    ),
            cancellationToken
        );

    [Function("DeleteExposure")]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        string exposure,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Operator,
            ResourceName.Of(subscriptionId, resourceGroup, cluster, exposure),
            [Query.DryRun],
            call => ChangeAsync(call, null, durable, cancellationToken),
            cancellationToken
        );

    /// <param name="spec">Null deletes the exposure.</param>
    private async Task<IResult> ChangeAsync(
        ApiRequest call,
        ExposureSpec? spec,
        DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        var change = new ExposureChange(call.Name.Exposure, spec, call.Precondition) { MayDisplace = call.Allowed.AllowsExposure };
        var refusals = await scope.FindRefusalsAsync(call.Allowed, call.Cluster, [change], cancellationToken);
        if (refusals.Count > 0)
        {
            return Problem.Forbidden(refusals[0].Error.Detail, [.. refusals.Select(refusal => refusal.Error)]);
        }

        if (call.IsDryRun)
        {
            return await PlanAsync(call, change, cancellationToken);
        }

        var result = await requests.ChangeAsync(call.Cluster, [change], partial: false, call.By, cancellationToken);
        return await Answers.ChangeAsync(call, durable, result.Single, cancellationToken);
    }

    private async Task<IResult> PlanAsync(ApiRequest call, ExposureChange change, CancellationToken cancellationToken)
    {
        var result = await requests.PreviewAsync(call.Cluster, [change], partial: false, cancellationToken);
        if (result.Single.IsRefused)
        {
            return Answers.Change(call, result.Single);
        }

        var (observation, changes) = await plans.PlanAsync(call.Cluster, [change, .. result.Displacements], cancellationToken);
        return PlanAnswer.Of(observation, PlanAnswer.Exposures(call.Cluster, result), changes);
    }
}
