using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Triggers.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MeshPort.Runtime.Triggers.EventGrid;

/// <summary>The Event Grid webhook: both validation handshakes, and deliveries (functions-api A9).</summary>
internal sealed partial class EventGridWebhook(
    IReadOnlyList<FunctionEntry> entries,
    FunctionRunner runner,
    FunctionKey key,
    IOptions<JsonSerializerOptions> json,
    ILogger<EventGridWebhook> logger
)
{
    private const string Path = "/runtime/webhooks/EventGrid";
    private static readonly string[] Methods = [HttpMethods.Post, HttpMethods.Options];

    private readonly Dictionary<string, FunctionEntry> _functions = entries
        .Where(entry => EventGridTrigger.Is(entry.Trigger))
        .ToDictionary(entry => entry.Name, StringComparer.OrdinalIgnoreCase);

    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapMethods(Path, Methods, (RequestDelegate)HandleAsync);

    private async Task HandleAsync(HttpContext http)
    {
        try
        {
            await (await AnswerAsync(http)).ExecuteAsync(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            LogAborted(logger);
        }
    }

    private async Task<IResult> AnswerAsync(HttpContext http)
    {
        if (!key.Admits(http.Request))
        {
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }

        var name = http.Request.Query["functionName"].ToString();
        if (!_functions.TryGetValue(name, out var function))
        {
            return Results.Text($"cannot find function: '{name}'", statusCode: StatusCodes.Status404NotFound);
        }

        if (HttpMethods.IsOptions(http.Request.Method))
        {
            http.Response.Headers["Webhook-Allowed-Origin"] = "eventgrid.azure.net";
            return Results.Ok();
        }

        return http.Request.Headers["aeg-event-type"].ToString().ToUpperInvariant() switch
        {
            "SUBSCRIPTIONVALIDATION" => await ReadAsync(http, Validate),
            "NOTIFICATION" => await ReadAsync(http, events => DeliverAsync(function, events, http.RequestAborted)),
            "UNSUBSCRIBE" => Results.StatusCode(StatusCodes.Status202Accepted),
            _ => Results.BadRequest(),
        };
    }

    /// <summary>Reads one event or an array of events. Invalid JSON gives 400, after which Event Grid does not retry.</summary>
    private static async Task<IResult> ReadAsync(HttpContext http, Func<JsonElement, Task<IResult>> answer)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            var root = document.RootElement;
            if (root.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))
            {
                return Results.Text("The body is neither an event nor an array of events.", statusCode: StatusCodes.Status400BadRequest);
            }

            using var wrapped = root.ValueKind == JsonValueKind.Array ? null : JsonDocument.Parse($"[{root.GetRawText()}]");
            return await answer(wrapped?.RootElement ?? root);
        }
        catch (JsonException exception)
        {
            return Results.Text(exception.Message, statusCode: StatusCodes.Status400BadRequest);
        }
        catch (BadHttpRequestException exception)
        {
            return Results.StatusCode(exception.StatusCode); // too large, or incomplete
        }
    }

    private static Task<IResult> Validate(JsonElement events) =>
        Task.FromResult(
            events.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } first
            && first.TryGetProperty("data", out var data)
            && data.ValueKind == JsonValueKind.Object
            && data.TryGetProperty("validationCode", out var code)
            && code.ValueKind == JsonValueKind.String
                ? Results.Json(new JsonObject { ["validationResponse"] = code.GetString() })
                : Results.BadRequest()
        );

    /// <summary>
    /// Runs one invocation for each event, in parallel, or one for the batch. After a failure, Event Grid retries the whole delivery.
    /// </summary>
    private async Task<IResult> DeliverAsync(FunctionEntry function, JsonElement events, CancellationToken cancellationToken)
    {
        var failures = EventGridTrigger.IsBatched(function.Trigger)
            ? [await RunAsync(function, events, cancellationToken)]
            : await Task.WhenAll(events.EnumerateArray().Select(element => RunAsync(function, element, cancellationToken)));
        cancellationToken.ThrowIfCancellationRequested();
        return failures.FirstOrDefault(failure => failure is not null) is { } failed
            ? Results.Text(failed.Message, statusCode: StatusCodes.Status500InternalServerError)
            : Results.StatusCode(StatusCodes.Status202Accepted);
    }

    private async Task<Exception?> RunAsync(FunctionEntry function, JsonElement element, CancellationToken cancellationToken)
    {
        await Task.Yield(); // a synchronous function must not delay the other events
        try
        {
            var data = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("data", out var payload))
            {
                data["data"] = payload.GetRawText();
            }

            await runner.RunAsync(
                function,
                data,
                parameter =>
                    parameter == function.TriggerParameter
                        ? EventBinding.Convert(element, parameter.ParameterType, json.Value)
                        : ParameterData.Bind(parameter, data, json.Value),
                cancellationToken
            );
            return null;
        }
        catch (Exception exception)
        {
            // The outer edge: a failed event must not stop the other events.
            LogFailed(logger, exception, function.Name);
            return exception;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Function {Name} failed with an event")]
    private static partial void LogFailed(ILogger logger, Exception exception, string name);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Event Grid aborted a delivery")]
    private static partial void LogAborted(ILogger logger);
}
