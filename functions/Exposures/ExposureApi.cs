using MeshPort.Clusters;
using MeshPort.Http;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Exposures;

/// <summary>Exposures over HTTP.</summary>
internal sealed class ExposureApi(StateStore state)
{
    private const string Collection = "subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/clusters/{cluster}/exposures";
    private const string Route = $"{Collection}/{{exposure}}";

    [Function("PutExposure")]
    public async Task<IResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Function, "put", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        string exposure,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken)
    {
        var named = ClusterId.TryCreate(subscriptionId, resourceGroup, cluster, out var id, out var errors);
        var (json, refusal) = await RequestBody.ReadSpecAsync(request, cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        var spec = ExposureValidator.Validate(json);
        var badName = ExposureValidator.Name(exposure);
        if (!named || badName is not null || spec.Value is null)
        {
            IEnumerable<FieldError> name = badName is null ? [] : [new FieldError("/exposure", "InvalidValue", badName)];
            return Problem.Invalid([.. errors, .. name, .. spec.Errors.Select(error => error with { Pointer = $"/spec{error.Pointer}" })]);
        }

        var result = await state.PutExposureAsync(id, exposure, spec.Value, Preconditions.Of(request), cancellationToken);
        if (result.OperationId is not null)
        {
            await Keeper.WakeAsync(durable, id, cancellationToken);
        }

        return Answers.Put(request, id, result);
    }

    [Function("GetExposure")]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        string exposure,
        CancellationToken cancellationToken)
    {
        if (!ClusterId.TryCreate(subscriptionId, resourceGroup, cluster, out var id, out var errors))
        {
            return Problem.Invalid(errors);
        }

        return await state.GetExposureAsync(id, exposure, cancellationToken) is { } found
            ? Answers.Resource(request, found)
            : Problem.NotFound($"Cluster {cluster} has no exposure '{exposure}'.");
    }

    [Function("ListExposures")]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Collection)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        CancellationToken cancellationToken)
    {
        if (!ClusterId.TryCreate(subscriptionId, resourceGroup, cluster, out var id, out var errors))
        {
            return Problem.Invalid(errors);
        }

        return await state.GetClusterAsync(id, cancellationToken) is null
            ? Problem.NotFound($"Cluster {cluster} is not known to MeshPort.")
            : Results.Json(new { value = await state.ListExposuresAsync(id, cancellationToken) }, Json.Options);
    }
}
