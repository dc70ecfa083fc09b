using MeshPort.Access;
using MeshPort.Json;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>
/// The progress of accepted requests over HTTP: live from the convergence that serves them, and from the state store when they have ended.
/// </summary>
internal sealed class OperationApi(ApiEndpoint endpoint, ClusterStore clusters, Operations operations)
{
    private const string Collection = "api/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/clusters/{cluster}/operations";
    private const string Route = $"{Collection}/{{operation}}";

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

    /// <summary>The operations of a cluster, newest first.</summary>
    [Function("ListOperations")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = Collection)] HttpRequest request,
        string subscriptionId,
        string resourceGroup,
        string cluster,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            ResourceName.Of(subscriptionId, resourceGroup, cluster),
            [Query.Top, Query.After],
            async call =>
            {
                var (after, limit) = (Query.Start(request), Query.PageSize(request) + 1);
                var page = await operations.ListAsync(call.Cluster, after, limit, cancellationToken);
                if (page.Count == 0 && await clusters.FindAsync(call.Cluster, cancellationToken) is null)
                {
                    return Problem.ClusterNotFound(call.Cluster);
                }

                var live = new Dictionary<string, IReadOnlyList<Step>>(StringComparer.Ordinal);
                foreach (var instance in page.Select(operation => operation.Instance).OfType<string>().Distinct())
                {
                    live[instance] = await ReadLiveStepsAsync(durable, instance, cancellationToken);
                }

                return Answers.Page(
                    request,
                    [.. page.Select(one => List(call, one.Operation, one.Instance is { } instance ? live[instance] : []))],
                    operation => operation.Id
                );
            },
            cancellationToken
        );

    private static ListedOperation List(ApiRequest call, OperationDocument stored, IReadOnlyList<Step> live)
    {
        var steps = stored.Steps ?? live;
        return new ListedOperation(
            call.Cluster,
            $"{call.Cluster.Path}/operations/{stored.Id}",
            stored.Exposures,
            stored.Id,
            stored.Status,
            stored.StartedAt,
            stored.EndedAt,
            Percent(stored, steps),
            steps
        );
    }

    internal static int Percent(OperationDocument stored, IReadOnlyList<Step> steps) =>
        stored.EndedAt is not null ? 100
        : steps.Count == 0 ? 0
        : Math.Min(99, 100 * steps.Count(step => step.IsOver) / steps.Count);

    /// <summary>The steps of a running convergence, from its custom status.</summary>
    internal static async Task<IReadOnlyList<Step>> ReadLiveStepsAsync(
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

    private sealed record ListedOperation(
        ClusterId Cluster,
        string Path,
        IReadOnlyList<string>? Exposures,
        string Id,
        OperationStatus Status,
        DateTimeOffset StartedAt,
        DateTimeOffset? EndedAt,
        int Percent,
        IReadOnlyList<Step> Steps
    );
}
