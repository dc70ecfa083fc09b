using System.Text.Json;
using MeshPort.Access;
using MeshPort.Json;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Events;

/// <summary>
/// The webhook for deliveries with an Entra token. Microsoft requires an HTTP trigger for them ("Authenticate event delivery to event
/// handlers"), because the host's own webhook checks a key and hides the request from the function. It takes the handshake of Event Grid's
/// schema ("Endpoint validation with Event Grid event schema").
/// </summary>
internal sealed class EventDelivery(EventSenderCheck sender, EventReceiver receiver)
{
    /// <summary>An event has at most 1 MiB ("Azure Event Grid quotas and limits"); the array around it needs some bytes.</summary>
    private const int Limit = 1024 * 1024 + 4096;

    /// <summary>Anonymous: the token is the credential, and without it nothing is read.</summary>
    [Function(nameof(EventDelivery))]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/events")] HttpRequest request,
        [DurableClient] DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        if (!sender.IsRequired)
        {
            return Answer(
                StatusCodes.Status404NotFound,
                $"Deliveries with a token are off. Set {AccessOptions.Section}:Events:Audience, or use the webhook of ClusterEvents."
            );
        }

        if (await sender.RefusalAsync(request.Headers.Authorization.ToString(), cancellationToken) is { } refusal)
        {
            return Refuse(request.HttpContext.Response, refusal);
        }

        var (events, problem) = await ReadAsync(request, cancellationToken);
        return problem is not null ? problem
            : request.Headers["aeg-event-type"].ToString().Equals("SubscriptionValidation", StringComparison.OrdinalIgnoreCase)
                ? Consent(events)
            : await ReceiveAsync(events, durable, cancellationToken);
    }

    private async Task<IResult> ReceiveAsync(
        IReadOnlyList<JsonElement> events,
        DurableTaskClient durable,
        CancellationToken cancellationToken
    )
    {
        foreach (var happened in events)
        {
            await receiver.ReceiveAsync(happened, durable, cancellationToken);
        }

        return Results.Ok();
    }

    private static IResult Consent(IReadOnlyList<JsonElement> events) =>
        events is [{ ValueKind: JsonValueKind.Object } question, ..]
        && question.TryGetProperty("data", out var data)
        && data.ValueKind == JsonValueKind.Object
        && data.TryGetProperty("validationCode", out var code)
        && code.ValueKind == JsonValueKind.String
            ? Results.Json(new { validationResponse = code.GetString() })
            : Answer(StatusCodes.Status400BadRequest, "The event has no data.validationCode. Send the event of Event Grid.");

    private static async Task<(IReadOnlyList<JsonElement> Events, IResult? Problem)> ReadAsync(
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        ReadOnlyMemory<byte> bytes;
        try
        {
            bytes = await BoundedBody.ReadAsync(request, Limit, cancellationToken);
        }
        catch (BadHttpRequestException exception)
        {
            return ([], Answer(exception.StatusCode, exception.Message));
        }

        var json = JsonText.Parse(bytes, out var malformed);
        return malformed is null
            ? (json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : [json], null)
            : ([], Answer(StatusCodes.Status400BadRequest, malformed));
    }

    private static IResult Refuse(HttpResponse response, AccessDecision refusal)
    {
        switch (refusal)
        {
            case AccessDecision.Unauthenticated unknown:
                response.Headers.WWWAuthenticate = unknown.Scheme;
                return Answer(StatusCodes.Status401Unauthorized, unknown.Detail);
            case AccessDecision.Forbidden forbidden:
                return Answer(StatusCodes.Status403Forbidden, forbidden.Detail);
            case AccessDecision.Unavailable unavailable:
                return Answer(StatusCodes.Status503ServiceUnavailable, unavailable.Detail); // Event Grid delivers again
            default:
                throw new InvalidOperationException($"A delivery has no answer for {refusal.GetType().Name}.");
        }
    }

    private static IResult Answer(int status, string detail) => Results.Text(detail, statusCode: status);
}
