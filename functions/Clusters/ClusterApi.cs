using MeshPort.Http;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Clusters;

/// <summary>Clusters over HTTP.</summary>
internal sealed class ClusterApi(StateStore state)
{
    private const string Route = "subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/clusters/{cluster}";

    [Function("PutCluster")]
    public async Task<IResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Function, "put", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken)
    {
        var named = ClusterId.TryCreate(subscriptionId, resourceGroup, cluster, out var id, out var errors);
        var (json, refusal) = await RequestBody.ReadSpecAsync(request, cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        var spec = ClusterValidator.Validate(json);
        if (!named || spec.Value is null)
        {
            return Problem.Invalid([.. errors, .. spec.Errors.Select(error => error with { Pointer = $"/spec{error.Pointer}" })]);
        }

        var result = await state.PutClusterAsync(id, spec.Value, Preconditions.Of(request), cancellationToken);
        if (result.OperationId is not null)
        {
            await Keeper.WakeAsync(durable, id, cancellationToken);
        }

        return Answers.Put(request, id, result);
    }

    [Function("GetCluster")]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        CancellationToken cancellationToken)
    {
        if (!ClusterId.TryCreate(subscriptionId, resourceGroup, cluster, out var id, out var errors))
        {
            return Problem.Invalid(errors);
        }

        return await state.GetClusterAsync(id, cancellationToken) is { } found
            ? Answers.Resource(request, found)
            : Problem.NotFound($"Cluster {cluster} is not known to MeshPort.");
    }
}
