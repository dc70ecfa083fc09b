using System.Net;
using Microsoft.Azure.Functions.Worker.Http;

namespace MeshPort.Runtime.Tests.Functions;

/// <summary>Functions that return the status URL of an instance.</summary>
internal sealed class StatusEndpoints
{
    [Function(nameof(CheckStatus))]
    public static Task<HttpResponseData> CheckStatus(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "check/{id}")] HttpRequestData request,
        string id,
        [DurableClient] DurableTaskClient client,
        int? status
    ) =>
        status is { } code
            ? client.CreateCheckStatusResponseAsync(request, id, (HttpStatusCode)code)
            : client.CreateCheckStatusResponseAsync(request, id);

    [Function(nameof(CheckStatusHolding))]
    public static HttpResponseData CheckStatusHolding(
        [HttpTrigger(AuthorizationLevel.Function, "post")] HttpRequestData request,
        [DurableClient] DurableTaskClient client
    ) => client.CreateCheckStatusResponse(request, "one");

    [Function(nameof(Outcome))]
    public static async Task<HttpResponseData> Outcome(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "outcome/{id}")] HttpRequestData request,
        string id,
        [DurableClient] DurableTaskClient client,
        bool strict,
        bool hurry
    )
    {
        using var over = new CancellationTokenSource();
        if (hurry)
        {
            await over.CancelAsync();
        }

        return await client.WaitForCompletionOrCreateCheckStatusResponseAsync(
            request,
            id,
            TimeSpan.FromMilliseconds(20),
            strict,
            getInputsAndOutputs: true,
            over.Token
        );
    }
}
