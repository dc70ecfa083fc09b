using MeshPort.Access;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>Rejected queue messages over HTTP.</summary>
internal sealed class RejectionApi(ApiEndpoint endpoint, Rejections rejections)
{
    [Function("ListRejections")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/rejections")] HttpRequest request,
        CancellationToken cancellationToken
    ) =>
        endpoint.ServeAsync(
            request,
            Role.Reader,
            [Query.Top, Query.After],
            async allowed =>
                allowed.IsAboutClusters
                    ? Problem.Forbidden("Your role may access some clusters only, but the list has messages for all clusters.")
                    : Answers.Page(
                        request,
                        await rejections.ListAsync(Query.Start(request), Query.PageSize(request) + 1, cancellationToken),
                        Rejections.Key
                    ),
            cancellationToken
        );
}
