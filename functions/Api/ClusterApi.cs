using MeshPort.Access;
using MeshPort.Arm;
using MeshPort.Convergence;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Clusters over HTTP.</summary>
internal sealed class ClusterApi(RequestAuthorizer authorizer, ClusterStore clusters, StatusStore log, ClusterDryRun plans)
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
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(request, Role.Operator, cancellationToken);
                if ((entry.Refusal ?? Query.Refusal(request, Query.DryRun)) is { } unfit)
                {
                    return unfit;
                }

                var named = ClusterId.TryCreate(subscriptionId, resourceGroup, cluster, out var id, out var errors);
                var (json, beside, refusal) = await RequestBody.ReadSpecAsync(request, cancellationToken);
                if (refusal is not null)
                {
                    return refusal;
                }

                var spec = ClusterValidator.Validate(json);
                if (!named || spec.Value is null || beside.Count > 0)
                {
                    return Problem.Invalid([
                        .. errors,
                        .. beside,
                        .. spec.Errors.Select(error => error with { Pointer = $"/spec{error.Pointer}" }),
                    ]);
                }

                if (entry.RefusalOf(id) is { } forbidden)
                {
                    return forbidden;
                }

                var isRehearsal = Query.Flag(request, Query.DryRun);
                var before = isRehearsal ? await clusters.FindAsync(id, cancellationToken) : null;
                var result = await clusters.PutAsync(
                    id,
                    spec.Value,
                    Preconditions.Of(request),
                    Caller.Of(request),
                    cancellationToken,
                    isRehearsal
                );
                if (isRehearsal && !result.IsRefused)
                {
                    return await PlanAsync(
                        PlanAnswer.Resource(id.Path, result, before?.Spec),
                        async () => (ExposureDryRun.Seen, await plans.PlanAsync(id, spec.Value, cancellationToken)),
                        cancellationToken
                    );
                }

                return await Answers.ChangeAsync(request, durable, id, result, cancellationToken);
            },
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
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(request, Role.Reader, subscriptionId, resourceGroup, cluster, cancellationToken);
                var id = entry.Cluster;
                return entry.Refusal
                    ?? (
                        await clusters.GetAsync(id, cancellationToken) is { } found
                            ? Answers.Resource(
                                request,
                                found with
                                {
                                    Status = found.Status with { History = await log.ReadHistoryAsync(id, null, cancellationToken) },
                                }
                            )
                            : Problem.NotFound($"Cluster {cluster} is not known to MeshPort.")
                    );
            },
            cancellationToken
        );

    /// <summary>Those of a resource group; histories are left out.</summary>
    [Function("ListClusters")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Collection)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        CancellationToken cancellationToken
    ) =>
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(
                    request,
                    Role.Reader,
                    subscriptionId,
                    resourceGroup,
                    "any",
                    cancellationToken,
                    Query.Top,
                    Query.After
                );
                if (entry.Refusal is { } refusal)
                {
                    return refusal;
                }

                var any = entry.Cluster;

                var after = Query.Start(request) is { } name ? any with { Name = name } : (ClusterId?)null;
                var size = Query.PageSize(request);
                var ids = await clusters.ListIdsAsync(any with { Name = "" }, after, size + 1, cancellationToken);
                var page = new List<Resource<ClusterSpec>>();
                foreach (var id in ids.Take(size))
                {
                    if (await clusters.GetAsync(id, cancellationToken) is { } found) // a request that died left a name alone, or it went meanwhile
                    {
                        page.Add(found);
                    }
                }

                return Answers.Page(request, page, ids.Count > size ? ids[size - 1].Name : null);
            },
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
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(
                    request,
                    Role.Operator,
                    subscriptionId,
                    resourceGroup,
                    cluster,
                    cancellationToken,
                    Query.KeepAzure,
                    Query.DryRun
                );
                if (entry.Refusal is { } refusal)
                {
                    return refusal;
                }

                var id = entry.Cluster;

                var (keepAzure, isRehearsal) = (Query.Flag(request, Query.KeepAzure), Query.Flag(request, Query.DryRun));
                var result = await clusters.DeleteAsync(
                    id,
                    keepAzure,
                    Preconditions.Of(request),
                    Caller.Of(request),
                    cancellationToken,
                    isRehearsal
                );
                if (isRehearsal && result is { IsRefused: false, Resource: { } known })
                {
                    return await PlanAsync(
                        PlanAnswer.Resource(id.Path, result, null),
                        async () => keepAzure ? (ExposureDryRun.Seen, []) : await plans.PlanRemovalAsync(id, known, cancellationToken),
                        cancellationToken
                    );
                }

                return await Answers.ChangeAsync(request, durable, id, result, cancellationToken);
            },
            cancellationToken
        );

    /// <summary>One convergence now, though nothing has changed.</summary>
    [Function("ReconcileCluster")]
    public Task<IResult> ReconcileAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = $"{Route}/reconcile")] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(request, Role.Operator, subscriptionId, resourceGroup, cluster, cancellationToken);
                if (entry.Refusal is { } refusal)
                {
                    return refusal;
                }

                var id = entry.Cluster;

                if (await clusters.AskAgainAsync(id, Caller.Of(request), cancellationToken) is not { } operation)
                {
                    return Problem.NotFound($"Cluster {cluster} is not known to MeshPort.");
                }

                await Keeper.WakeAsync(durable, id, cancellationToken);
                return Results.Json(
                    new { operation = Answers.Follow(request, id, operation) },
                    MeshPortJson.Options,
                    statusCode: StatusCodes.Status202Accepted
                );
            },
            cancellationToken
        );

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
        return PlanAnswer.Of(observation, own, others);
    }
}
