using MeshPort.Access;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>
/// The progress of accepted requests over HTTP: live from the convergence that serves them, and from the state store when they have ended.
/// </summary>
internal sealed class OperationApi(ApiEndpoint endpoint, Operations operations)
{
    private const string Route =
        "api/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/clusters/{cluster}/operations/{operation}";

    [Function("GetOperation")]
    public Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Route)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        string operation,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [],
            async call =>
            {
                if (
                    !Guid.TryParseExact(operation, "N", out _)
                    || await operations.FindAsync(call.Cluster, operation, cancellationToken) is not ({ } stored, var instance)
                )
                {
                    return Problem.NotFound($"Cluster {cluster} has no operation '{operation}'.");
                }

                var steps = stored.Steps ?? await ReadLiveStepsAsync(durable, instance, cancellationToken);
                return Results.Json(
                    new Operation(operation, stored.Status, stored.StartedAt, stored.EndedAt, Percent(stored, steps), steps),
                    MeshPortJson.Options
                );
            },
            cancellationToken
        );

    private static int Percent(OperationDocument stored, IReadOnlyList<Step> steps) =>
        stored.EndedAt is not null ? 100
        : steps.Count == 0 ? 0
        : Math.Min(99, 100 * steps.Count(step => step.IsOver) / steps.Count);

    private static async Task<IReadOnlyList<Step>> ReadLiveStepsAsync(
        DurableTaskClient durable,
        string? convergence,
        CancellationToken cancellationToken
    )
    {
        var instance = convergence is null
            ? null
            : await durable.GetInstanceAsync(convergence, getInputsAndOutputs: true, cancellationToken);
        return instance?.SerializedCustomStatus is null ? [] : instance.ReadCustomStatusAs<Step[]>() ?? [];
    }
}
