using MeshPort.Access;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>The progress of accepted requests over HTTP: live from the convergence that serves them, and from State once it is over.</summary>
internal sealed class OperationApi(RequestAuthorizer authorizer, Operations operations)
{
    [Function("GetOperation")]
    public Task<IResult> GetAsync(
        [HttpTrigger(
            AuthorizationLevel.Function,
            "get",
            Route = "api/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/clusters/{cluster}/operations/{operation}"
        )]
            HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        string operation,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(request, Role.Reader, subscriptionId, resourceGroup, cluster, cancellationToken);
                if (entry.Refusal is { } refusal)
                {
                    return refusal;
                }

                var id = entry.Cluster;

                if (
                    !Guid.TryParseExact(operation, "N", out _)
                    || await operations.FindAsync(id, operation, cancellationToken) is not ({ } stored, var instance)
                )
                {
                    return Problem.NotFound($"Cluster {cluster} has no operation '{operation}'.");
                }

                var steps = stored.Steps ?? await ReadLiveStepsAsync(durable, instance, cancellationToken);
                var percent =
                    stored.EndedAt is not null ? 100
                    : steps.Count == 0 ? 0
                    : Math.Min(99, 100 * steps.Count(step => step.IsOver) / steps.Count);
                return Results.Json(
                    new Operation(operation, stored.Status, stored.StartedAt, stored.EndedAt, percent, steps),
                    MeshPortJson.Options
                );
            },
            cancellationToken
        );

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
