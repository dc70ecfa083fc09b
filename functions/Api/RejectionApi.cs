using MeshPort.Access;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Api;

/// <summary>What came by queue and was refused, over HTTP.</summary>
internal sealed class RejectionApi(RequestAuthorizer authorizer, Rejections rejections)
{
    [Function("ListRejections")]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/rejections")] HttpRequest request,
        CancellationToken cancellationToken
    ) =>
        authorizer.ServeAsync(
            request,
            async () =>
            {
                var entry = await authorizer.EnterAsync(request, Role.Reader, cancellationToken);
                return entry.Refusal
                    ?? Query.Refusal(request, Query.Top, Query.After)
                    ?? (
                        entry.Allowed.IsAboutClusters
                            ? Problem.Forbidden("Your role sees some clusters alone, and the list has messages about all.")
                            : Answers.Page(
                                request,
                                await rejections.ListAsync(Query.Start(request), Query.PageSize(request) + 1, cancellationToken),
                                Rejections.Key
                            )
                    );
            },
            cancellationToken
        );
}
