using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Runtime.Contract.DurableTask.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>Durable Functions' own management API: status, list, events, terminate, suspend, resume, restart, purge (functions-api A7).</summary>
internal static class ManagementApi
{
    private const string Root = "/runtime/webhooks/durabletask/instances";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Root, ListAsync);
        endpoints.MapDelete(Root, PurgeAllAsync);
        endpoints.MapGet(Root + "/{id}", GetAsync);
        endpoints.MapDelete(Root + "/{id}", PurgeAsync);
        endpoints.MapPost(Root + "/{id}/raiseEvent/{eventName}", RaiseEventAsync);
        endpoints.MapPost(Root + "/{id}/terminate", (string id, string? reason, DurableTaskClient client, CancellationToken cancellationToken) =>
            ChangeAsync(client, id, () => client.TerminateInstanceAsync(id, (object?)reason, cancellationToken), cancellationToken));
        endpoints.MapPost(Root + "/{id}/suspend", (string id, string? reason, DurableTaskClient client, CancellationToken cancellationToken) =>
            ChangeAsync(client, id, () => client.SuspendInstanceAsync(id, reason, cancellationToken), cancellationToken));
        endpoints.MapPost(Root + "/{id}/resume", (string id, string? reason, DurableTaskClient client, CancellationToken cancellationToken) =>
            ChangeAsync(client, id, () => client.ResumeInstanceAsync(id, reason, cancellationToken), cancellationToken));
        endpoints.MapPost(Root + "/{id}/restart", RestartAsync);
    }

    private static async Task<IResult> GetAsync(string id, HttpContext http, DurableTaskClient client, CancellationToken cancellationToken, bool showInput = true, bool returnInternalServerErrorOnFailure = false)
    {
        if (await client.GetInstanceAsync(id, true, cancellationToken) is not { } instance)
        {
            return Results.NotFound();
        }

        var view = InstanceView.Of(instance, showInput);
        if (!instance.IsCompleted)
        {
            http.Response.Headers.Location = $"{Url(http, id)}";
            http.Response.Headers.RetryAfter = "5";
            return Results.Json(view, statusCode: StatusCodes.Status202Accepted);
        }

        var failed = instance.RuntimeStatus == OrchestrationRuntimeStatus.Failed && returnInternalServerErrorOnFailure;
        return Results.Json(view, statusCode: failed ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, DurableTaskClient client, CancellationToken cancellationToken, DateTimeOffset? createdTimeFrom, DateTimeOffset? createdTimeTo, string? runtimeStatus, string? instanceIdPrefix, int top = 100, bool showInput = true)
    {
        if (!TryParseStatuses(runtimeStatus, out var statuses))
        {
            return Results.BadRequest();
        }

        var token = http.Request.Headers["x-ms-continuation-token"].FirstOrDefault();
        var query = new OrchestrationQuery(createdTimeFrom, createdTimeTo, statuses, null, instanceIdPrefix, Math.Max(1, top), true, string.IsNullOrEmpty(token) ? null : token);
        await foreach (var page in client.GetAllInstancesAsync(query).AsPages().WithCancellation(cancellationToken))
        {
            if (page.ContinuationToken is { } next)
            {
                http.Response.Headers["x-ms-continuation-token"] = next;
            }

            return Results.Json(new JsonArray([.. page.Values.Select(instance => InstanceView.Of(instance, showInput))]));
        }

        return Results.Json(new JsonArray());
    }

    private static async Task<IResult> RaiseEventAsync(string id, string eventName, HttpContext http, DurableTaskClient client, CancellationToken cancellationToken)
    {
        JsonNode? payload;
        try
        {
            payload = http.Request.HasJsonContentType() ? await JsonNode.ParseAsync(http.Request.Body, cancellationToken: cancellationToken) : throw new JsonException("The body is not application/json.");
        }
        catch (JsonException exception)
        {
            return Results.Text(exception.Message, statusCode: StatusCodes.Status400BadRequest);
        }

        return await ChangeAsync(client, id, () => client.RaiseEventAsync(id, eventName, payload, cancellationToken), cancellationToken);
    }

    /// <summary>202; 404 for an unknown id; 410 for a finished instance.</summary>
    private static async Task<IResult> ChangeAsync(DurableTaskClient client, string id, Func<Task> change, CancellationToken cancellationToken)
    {
        try
        {
            await change();
            return Results.StatusCode(StatusCodes.Status202Accepted);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return await client.GetInstanceAsync(id, cancellationToken) switch
            {
                null => Results.NotFound(),
                { IsCompleted: true } => Results.StatusCode(StatusCodes.Status410Gone),
                _ => Results.Text(exception.Message, statusCode: StatusCodes.Status409Conflict),
            };
        }
    }

    private static async Task<IResult> RestartAsync(string id, HttpContext http, DurableTaskClient client, CancellationToken cancellationToken, bool restartWithNewInstanceId = true)
    {
        try
        {
            var restarted = await client.RestartAsync(id, restartWithNewInstanceId, cancellationToken);
            http.Response.Headers.Location = Url(http, restarted);
            http.Response.Headers.RetryAfter = "10";
            return Results.Json(CheckStatus(http, restarted), statusCode: StatusCodes.Status202Accepted);
        }
        catch (ArgumentException)
        {
            return Results.NotFound();
        }
        catch (InvalidOperationException exception)
        {
            return Results.Text(exception.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    private static async Task<IResult> PurgeAsync(string id, DurableTaskClient client, CancellationToken cancellationToken)
    {
        try
        {
            return Purged((await client.PurgeInstanceAsync(id, cancellationToken)).PurgedInstanceCount);
        }
        catch (InvalidOperationException exception)
        {
            return Results.Text(exception.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    private static async Task<IResult> PurgeAllAsync(DurableTaskClient client, CancellationToken cancellationToken, DateTimeOffset? createdTimeFrom, DateTimeOffset? createdTimeTo, string? runtimeStatus)
    {
        if (createdTimeFrom is null || !TryParseStatuses(runtimeStatus, out var statuses))
        {
            return Results.Text("createdTimeFrom is required; runtimeStatus is a list of statuses.", statusCode: StatusCodes.Status400BadRequest);
        }

        return Purged((await client.PurgeAllInstancesAsync(new PurgeInstancesFilter(createdTimeFrom, createdTimeTo, statuses), cancellationToken)).PurgedInstanceCount);
    }

    private static IResult Purged(int count) => count == 0 ? Results.NotFound() : Results.Json(new JsonObject { ["instancesDeleted"] = count });

    private static bool TryParseStatuses(string? text, out List<OrchestrationRuntimeStatus>? statuses)
    {
        statuses = null;
        foreach (var name in text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            if (!Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out var status))
            {
                return false;
            }

            (statuses ??= []).Add(status);
        }

        return true;
    }

    private static JsonObject CheckStatus(HttpContext http, string id) => new()
    {
        ["id"] = id,
        ["statusQueryGetUri"] = Url(http, id),
        ["sendEventPostUri"] = Url(http, id) + "/raiseEvent/{eventName}",
        ["terminatePostUri"] = Url(http, id) + "/terminate?reason={text}",
        ["purgeHistoryDeleteUri"] = Url(http, id),
        ["restartPostUri"] = Url(http, id) + "/restart",
        ["suspendPostUri"] = Url(http, id) + "/suspend?reason={text}",
        ["resumePostUri"] = Url(http, id) + "/resume?reason={text}",
    };

    private static string Url(HttpContext http, string id) =>
        string.Create(CultureInfo.InvariantCulture, $"{http.Request.Scheme}://{http.Request.Host}{Root}/{Uri.EscapeDataString(id)}");
}
