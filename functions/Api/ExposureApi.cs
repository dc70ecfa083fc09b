using MeshPort.Access;
using MeshPort.Convergence;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Exposures over HTTP, one by one.</summary>
internal sealed class ExposureApi(
    RequestAuthorizer authorizer,
    ExposureScope scope,
    ClusterStore clusters,
    ExposureStore exposures,
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
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(request, Role.Operator, cancellationToken);
                if ((entry.Refusal ?? Query.Refusal(request, Query.DryRun)) is { } unfit)
                {
                    return unfit;
                }

                var named = TryName(subscriptionId, resourceGroup, cluster, exposure, out var id, out var errors);
                var (json, beside, refusal) = await RequestBody.ReadSpecAsync(request, cancellationToken);
                if (refusal is not null)
                {
                    return refusal;
                }

                var spec = ExposureValidator.Validate(json);
                if (!named || spec.Value is null || beside.Count > 0)
                {
                    return Problem.Invalid([
                        .. errors,
                        .. beside,
                        .. spec.Errors.Select(error => error with { Pointer = $"/spec{error.Pointer}" }),
                    ]);
                }

                if (
                    (
                        entry.RefusalOf(id)
                        ?? await ForbidAsync(
                            entry.Allowed,
                            id,
                            new ExposureChange(exposure, spec.Value, Precondition.None),
                            cancellationToken
                        )
                    ) is
                    { } forbidden
                )
                {
                    return forbidden;
                }

                var isRehearsal = Query.Flag(request, Query.DryRun);
                var result = await exposures.PutAsync(
                    id,
                    exposure,
                    spec.Value,
                    Preconditions.Of(request),
                    Caller.Of(request),
                    cancellationToken,
                    isRehearsal
                );
                if (isRehearsal && !result.IsRefused)
                {
                    return await PlanAsync(id, exposure, spec.Value, result, cancellationToken);
                }

                return await Answers.ChangeAsync(request, durable, id, result, cancellationToken);
            },
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
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(request, Role.Reader, cancellationToken);
                return entry.Refusal
                    ?? (
                        TryName(subscriptionId, resourceGroup, cluster, exposure, out var id, out var errors)
                            ? Query.Refusal(request) ?? entry.RefusalOf(id)
                            : Problem.Invalid(errors)
                    )
                    ?? (
                        await exposures.GetAsync(id, exposure, cancellationToken) is { } found
                            ? Answers.Resource(
                                request,
                                found with
                                {
                                    Status = found.Status with { History = await log.ReadHistoryAsync(id, exposure, cancellationToken) },
                                }
                            )
                            : Problem.NotFound($"Cluster {cluster} has no exposure '{exposure}'.")
                    );
            },
            cancellationToken
        );

    /// <summary>In the order of their names; histories are left out.</summary>
    [Function("ListExposures")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Collection)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
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
                    cluster,
                    cancellationToken,
                    Query.Top,
                    Query.After
                );
                if (entry.Refusal is { } refusal)
                {
                    return refusal;
                }

                var id = entry.Cluster;

                return await clusters.FindAsync(id, cancellationToken) is null
                    ? Problem.NotFound($"Cluster {cluster} is not known to MeshPort.")
                    : Answers.Page(
                        request,
                        await exposures.ListAsync(id, Query.Start(request), Query.PageSize(request) + 1, cancellationToken),
                        exposure => exposure.Metadata.Name
                    );
            },
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
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(request, Role.Operator, cancellationToken);
                if (entry.Refusal is { } unfit)
                {
                    return unfit;
                }

                if (!TryName(subscriptionId, resourceGroup, cluster, exposure, out var id, out var errors))
                {
                    return Problem.Invalid(errors);
                }

                if (
                    (
                        Query.Refusal(request, Query.DryRun)
                        ?? entry.RefusalOf(id)
                        ?? await ForbidAsync(entry.Allowed, id, new ExposureChange(exposure, null, Precondition.None), cancellationToken)
                    ) is
                    { } refusal
                )
                {
                    return refusal;
                }

                var isRehearsal = Query.Flag(request, Query.DryRun);
                var result = await exposures.DeleteAsync(
                    id,
                    exposure,
                    Preconditions.Of(request),
                    Caller.Of(request),
                    cancellationToken,
                    isRehearsal
                );
                if (isRehearsal && !result.IsRefused)
                {
                    return await PlanAsync(id, exposure, null, result, cancellationToken);
                }

                return await Answers.ChangeAsync(request, durable, id, result, cancellationToken);
            },
            cancellationToken
        );

    private static bool TryName(
        string subscriptionId,
        string resourceGroup,
        string cluster,
        string exposure,
        out ClusterId id,
        out IReadOnlyList<FieldError> errors
    )
    {
        ClusterId.TryCreate(subscriptionId, resourceGroup, cluster, out id, out errors);
        if (ExposureValidator.Name(exposure) is { } problem)
        {
            errors = [.. errors, new FieldError("/exposure", "InvalidValue", problem)];
        }

        return errors.Count == 0;
    }

    private async Task<IResult?> ForbidAsync(AllowList allowed, ClusterId id, ExposureChange wish, CancellationToken cancellationToken)
    {
        var refusals = await scope.FindRefusalsAsync(allowed, id, [wish], cancellationToken);
        return refusals.Count == 0 ? null : Problem.Forbidden(refusals[0].Error.Detail, [.. refusals.Select(refusal => refusal.Error)]);
    }

    private async Task<IResult> PlanAsync(
        ClusterId id,
        string name,
        ExposureSpec? spec,
        PutResult<ExposureSpec> result,
        CancellationToken cancellationToken
    )
    {
        var before = await exposures.GetAsync(id, name, cancellationToken);
        var (observation, changes) = await plans.PlanAsync(id, name, spec, cancellationToken);
        return PlanAnswer.Of(observation, PlanAnswer.Resource($"{id.Path}/exposures/{name}", result, before?.Spec), changes);
    }
}
