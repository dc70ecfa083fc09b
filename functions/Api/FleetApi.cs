using MeshPort.Access;
using MeshPort.Model;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Lists across clusters over HTTP. They have the clusters that the caller's role may access.</summary>
internal sealed class FleetApi(ApiEndpoint endpoint, FleetReader fleet)
{
    private const string Subscription = "api/subscriptions/{subscriptionId}";

    [Function("ListAllClusters")]
    public Task<IResult> ListAllClustersAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/clusters")] HttpRequest request,
        CancellationToken cancellationToken
    ) => ServeClustersAsync(request, null, cancellationToken);

    [Function("ListSubscriptionClusters")]
    public Task<IResult> ListSubscriptionClustersAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = $"{Subscription}/clusters")] HttpRequest request,
        string subscriptionId,
        CancellationToken cancellationToken
    ) => ServeClustersAsync(request, subscriptionId, cancellationToken);

    [Function("ListAllExposures")]
    public Task<IResult> ListAllExposuresAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/exposures")] HttpRequest request,
        CancellationToken cancellationToken
    ) => ServeExposuresAsync(request, null, cancellationToken);

    [Function("ListSubscriptionExposures")]
    public Task<IResult> ListSubscriptionExposuresAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = $"{Subscription}/exposures")] HttpRequest request,
        string subscriptionId,
        CancellationToken cancellationToken
    ) => ServeExposuresAsync(request, subscriptionId, cancellationToken);

    private Task<IResult> ServeClustersAsync(HttpRequest request, string? subscriptionId, CancellationToken cancellationToken) =>
        ServeAsync(
            request,
            subscriptionId,
            [Query.Top, Query.After],
            allowed =>
                fleet.ListClustersAsync(
                    new FleetScope(subscriptionId, allowed.Allows),
                    Query.Start(request),
                    Query.PageSize(request),
                    cancellationToken
                ),
            cancellationToken
        );

    private Task<IResult> ServeExposuresAsync(HttpRequest request, string? subscriptionId, CancellationToken cancellationToken) =>
        ServeAsync(
            request,
            subscriptionId,
            [.. ExposureFilter.Parameters, Query.Top, Query.After],
            allowed =>
            {
                var filter = ExposureFilter.Of(request);
                return fleet.ListExposuresAsync(
                    new FleetScope(subscriptionId, cluster => allowed.Allows(cluster) && filter.Includes(cluster)),
                    filter.Matches,
                    Query.Start(request),
                    Query.PageSize(request),
                    cancellationToken
                );
            },
            cancellationToken
        );

    private Task<IResult> ServeAsync<T>(
        HttpRequest request,
        string? subscriptionId,
        IReadOnlyList<string> parameters,
        Func<AllowList, Task<Slice<T>>> list,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            parameters,
            async allowed =>
            {
                if (subscriptionId is not null)
                {
                    if (ClusterId.Problem(subscriptionId) is { } problem)
                    {
                        return Problem.Invalid([new FieldError("/subscriptionId", "InvalidValue", problem)]);
                    }

                    if (allowed.Refusal(subscriptionId) is { } forbidden)
                    {
                        return Problem.Forbidden(forbidden);
                    }
                }

                var slice = await list(allowed);
                return Answers.Page(request, slice.Items, slice.Next);
            },
            cancellationToken
        );
}
