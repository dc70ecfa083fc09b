using MeshPort.Http;
using MeshPort.State;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Exposures;

/// <summary>What came by queue and was refused, over HTTP.</summary>
internal sealed class RejectionApi(Rejections rejections)
{
    [Function("ListRejections")]
    public async Task<IResult> ListAsync([HttpTrigger(AuthorizationLevel.Function, "get", Route = "api/rejections")] HttpRequest request, CancellationToken cancellationToken) =>
        Query.Refusal(request, Query.Top, Query.After)
        ?? Answers.Page(request, await rejections.ListAsync(Query.Start(request), Query.PageSize(request) + 1, cancellationToken), Rejections.Key);
}
