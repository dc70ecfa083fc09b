using System.Text.Json;
using MeshPort.Access;
using MeshPort.Convergence;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using MeshPort.Validation;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>The listeners of others in a cluster over HTTP.</summary>
internal sealed class AdoptionApi(ApiEndpoint endpoint, ClusterStore clusters, AdoptableReader reader)
{
    private const string Route = "api/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/clusters/{cluster}/adoptable";

    /// <summary>Observes the cluster. Changes nothing.</summary>
    [Function("ListAdoptable")]
    public Task<IResult> ListAsync(
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
            {
                if (await clusters.GetAsync(call.Cluster, cancellationToken) is not { } owner)
                {
                    return Problem.ClusterNotFound(call.Cluster);
                }

                var (observation, listeners) = await reader.ReadAsync(
                    call.Cluster,
                    owner,
                    name => ExposureValidator.Name.Problem(name) is null,
                    cancellationToken
                );
                return observation.Observation.Status == ConditionStatus.True
                    ? Results.Json(new { value = listeners.Select(Checked) }, MeshPortJson.Options)
                    : Problem.NotObservable(observation.Observation.Message);
            },
            cancellationToken
        );

    /// <summary>A listener whose exposure a PUT would refuse, such as one with a reserved host, has an obstacle.</summary>
    private static Adoptable Checked(Adoptable listener) =>
        listener.Spec is { } spec
        && ExposureValidator.Validate(JsonSerializer.SerializeToElement(spec, MeshPortJson.Options)).Errors is [var error, ..]
            ? listener with
            {
                Name = null,
                Spec = null,
                Obstacle = error.Detail,
            }
            : listener;
}
