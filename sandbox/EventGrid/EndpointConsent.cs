using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.ResourceManager;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Sandbox.EventGrid;

/// <summary>
/// Both validation handshakes. Event Grid schema: one SubscriptionValidationEvent; the endpoint answers with its code, or somebody opens
/// its URL within ten minutes (Learn, end-point-validation-event-grid-events-schema). CloudEvents: OPTIONS, answered with the allowed
/// origin, or a later request of the callback URL (CloudEvents HTTP web-hooks 1.0, section 4). The wait for an answer uses real time, as
/// sockets do. The Event Grid schema's event carries the token of a webhook with an Entra application; no document says so of OPTIONS.
/// </summary>
internal sealed class EndpointConsent(
    EventSubscriptionStore subscriptions,
    ArmOperations operations,
    SandboxWorld world,
    DeliveryTokens tokens,
    HttpMessageInvoker http
) : IAsyncDisposable
{
    public const string Path = "/eventsubscriptions";
    public const string Origin = "eventgrid.azure.net";

    // Hidden from clients: the base URL of the request, and the secret and deadline of the manual handshake.
    public const string BaseUrlKey = "$baseUrl";
    private const string TokenKey = "$token";
    private const string AwaitedUntilKey = "$awaitedUntil";
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ManualWindow = TimeSpan.FromMinutes(10);
    private readonly List<Task> _asking = [];
    private readonly CancellationTokenSource _stopping = new();

    public void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapMethods(
            Path + "/{name}/validate",
            [HttpMethods.Get, HttpMethods.Post],
            (string id, string token) => Consent(id, token)
        );

    /// <summary>Whether the manual handshake is still open.</summary>
    public bool IsAwaited(JsonObject document) => document[AwaitedUntilKey]?.GetValue<DateTimeOffset>() > world.Clock.GetUtcNow();

    /// <summary>Validates the endpoint in the background, however long it takes, and ends the operation with the result.</summary>
    public void Begin(SandboxOperation operation)
    {
        lock (_asking)
        {
            _asking.RemoveAll(task => task.IsCompleted);
            _asking.Add(Task.Run(() => EndAsync(operation, _stopping.Token)));
        }
    }

    /// <summary>The next start resumes pending validations with <see cref="Begin"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_asking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task EndAsync(SandboxOperation operation, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(operation, cancellationToken);
        }
        catch (Exception unexpected) when (!cancellationToken.IsCancellationRequested) // the outer edge: nothing else ends the operation
        {
            operations.End(operation, "Failed", "InternalServerError", unexpected.Message);
        }
    }

    private async Task AskAsync(SandboxOperation operation, CancellationToken cancellationToken)
    {
        if (subscriptions.Get(operation.Target) is not { } document)
        {
            operations.End(operation, "Canceled", "OperationPreempted", "The event subscription was deleted with its scope.");
            return;
        }

        var subscription = EventSubscription.Read(document);
        var secret = (
            Code: world.Ids.NewGuid($"validation/{operation.Target}").ToString(),
            Token: Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24))
        );
        var url =
            $"{document.Text(BaseUrlKey)}{Path}/{subscription.Name}/validate?id={Uri.EscapeDataString(subscription.Id)}&"
            + $"t={GridEvent.Stamp(operation.Started)}&apiVersion=2025-02-15&token={secret.Token}";
        document[TokenKey] = secret.Token;
        document[AwaitedUntilKey] = world.Clock.GetUtcNow() + ManualWindow;
        subscriptions.Put(operation.Target, document); // before the request: the endpoint may open the URL before it answers
        var refusal =
            !DeliveryTokens.Admits(subscription) ? new Refusal("HTTP POST request failed with unknown error code.") // as the portal reports
            : subscription.IsCloudEvents ? await AskForOriginAsync(subscription, url, cancellationToken)
            : await AskForCodeAsync(subscription, secret.Code, url, cancellationToken);
        lock (operations.Gate)
        {
            if (refusal is null || subscriptions.Get(operation.Target)?.Text("properties", "provisioningState") == "Succeeded")
            {
                Complete(operation.Target, "Succeeded", isAwaited: false);
                operations.End(operation, "Succeeded");
            }
            else
            {
                Complete(operation.Target, "Failed", refusal.IsManual);
                operations.End(operation, "Failed", "Url validation", Explain(subscription, refusal.Message));
            }
        }
    }

    private async Task<Refusal?> AskForCodeAsync(
        EventSubscription subscription,
        string code,
        string url,
        CancellationToken cancellationToken
    )
    {
        var question = new GridEvent(
            world.Ids.NewGuid($"validation-event/{subscription.Id}").ToString(),
            [],
            "",
            "Microsoft.EventGrid.SubscriptionValidationEvent",
            world.Clock.GetUtcNow(),
            new JsonObject { ["validationCode"] = code, ["validationUrl"] = url },
            "2"
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, subscription.Endpoint)
        {
            Content = new StringContent(
                new JsonArray(question.Render(subscription.Source, isCloudEvent: false)).ToJsonString(),
                Encoding.UTF8,
                "application/json"
            ),
        };
        request.Headers.Authorization = tokens.For(subscription);
        request.Headers.Add("aeg-event-type", "SubscriptionValidation");
        request.Headers.Add("aeg-subscription-name", subscription.Name.ToUpperInvariant());
        request.Headers.Add("aeg-delivery-count", "0");
        var (status, body, _) = await SendAsync(request, cancellationToken);
        return status switch
        {
            HttpStatusCode.OK when ResponseCode(body) == code => null,
            HttpStatusCode.OK => new Refusal(
                "Http POST request retuned 2XX response with response body . When a validation request is accepted without validation "
                    + "code in the response body, Http GET is expected on the validation url included in the validation event(within 10 "
                    + "minutes).",
                IsManual: true
            ),
            null => new Refusal("Http POST request failed with response code Unknown."),
            _ => new Refusal($"Http POST request failed with response code {status}."),
        };
    }

    private async Task<Refusal?> AskForOriginAsync(EventSubscription subscription, string url, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, subscription.Endpoint);
        request.Headers.Add("WebHook-Request-Origin", Origin);
        request.Headers.Add("WebHook-Request-Callback", url);
        request.Headers.Add("WebHook-Request-Rate", "120");
        var (status, _, headers) = await SendAsync(request, cancellationToken);
        if (
            headers is not null
            && headers.TryGetValues("WebHook-Allowed-Origin", out var allowed)
            && allowed.SelectMany(value => value.Split(',')).Any(value => value.Trim() is "*" or Origin)
        )
        {
            return null; // the header is the consent, whatever the status
        }

        return status is >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices
            ? new Refusal(
                "Http OPTIONS request was answered without WebHook-Allowed-Origin; Http GET or POST is expected on the callback url "
                    + "(within 10 minutes).",
                IsManual: true
            )
            : new Refusal($"Http OPTIONS request failed with response code {status?.ToString() ?? "Unknown"}.");
    }

    private async Task<(HttpStatusCode? Status, string Body, HttpResponseHeaders? Headers)> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(AnswerTimeout);
        try
        {
            using var response = await http.SendAsync(request, deadline.Token);
            return (response.StatusCode, await response.Content.ReadAsStringAsync(deadline.Token), response.Headers);
        }
        catch (Exception problem)
            when (problem is HttpRequestException || (problem is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, "", null);
        }
    }

    private IResult Consent(string id, string token)
    {
        lock (operations.Gate)
        {
            if (subscriptions.Get(id) is not { } document || !IsAwaited(document) || document.Text(TokenKey) != token)
            {
                return Results.Text("The validation url is invalid or has expired.", statusCode: StatusCodes.Status400BadRequest);
            }

            Complete(id, "Succeeded", isAwaited: false);
            return Results.Text("Webhook successfully validated as a subscription endpoint");
        }
    }

    private void Complete(string id, string state, bool isAwaited)
    {
        if (subscriptions.Get(id) is { } document)
        {
            document.Properties()["provisioningState"] = state;
            if (!isAwaited)
            {
                document.Remove(TokenKey);
                document.Remove(AwaitedUntilKey);
            }

            subscriptions.Put(id, document);
        }
    }

    private string Explain(EventSubscription subscription, string problem) =>
        $"Webhook validation handshake failed for {subscription.Endpoint.GetLeftPart(UriPartial.Path)}. {problem} For troublehooting, "
        + $"visit https://aka.ms/esvalidation. Activity id:{world.Ids.NewGuid("activity")}, timestamp: "
        + $"{world.Clock.GetUtcNow().UtcDateTime.ToString("M/d/yyyy h:mm:ss tt", CultureInfo.InvariantCulture)} (UTC).";

    private static string? ResponseCode(string body)
    {
        try
        {
            return JsonNode
                .Parse(body, new JsonNodeOptions { PropertyNameCaseInsensitive = true })
                ?["validationResponse"]?.GetValue<string>();
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException)
        {
            return null; // an answer other than a JSON object with a string has no code
        }
    }

    /// <param name="IsManual">The endpoint can still consent through its validation URL.</param>
    private sealed record Refusal(string Message, bool IsManual = false);
}
