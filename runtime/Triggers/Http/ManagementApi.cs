using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Runtime.Durable;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>
/// The management API of Durable Functions: start, status, history, list, events, terminate, suspend, resume, rewind, restart, purge
/// (functions-api A7).
/// </summary>
internal static class ManagementApi
{
    public const string Root = "/runtime/webhooks/durabletask";
    public const string Instances = Root + "/instances";

    public static void Map(IEndpointRouteBuilder endpoints, FunctionKey key)
    {
        var group = endpoints
            .MapGroup(Root)
            .AddEndpointFilter(
                (context, next) =>
                    key.Admits(context.HttpContext.Request)
                        ? next(context)
                        : ValueTask.FromResult<object?>(Results.StatusCode(StatusCodes.Status401Unauthorized))
            );
        StartApi.Map(group);
        InstanceLists.Map(group);
        group.MapGet("/instances/{id}", GetAsync);
        group.MapDelete("/instances/{id}", PurgeAsync);
        group.MapPost("/instances/{id}/raiseEvent/{eventName}", RaiseEventAsync);
        group.MapPost(
            "/instances/{id}/terminate",
            (string id, string? reason, DurableTaskClient client, CancellationToken cancellationToken) =>
                ChangeAsync(client, id, () => client.TerminateInstanceAsync(id, (object?)reason, cancellationToken), cancellationToken)
        );
        group.MapPost(
            "/instances/{id}/suspend",
            (string id, string? reason, DurableTaskClient client, CancellationToken cancellationToken) =>
                ChangeAsync(client, id, () => client.SuspendInstanceAsync(id, reason, cancellationToken), cancellationToken)
        );
        group.MapPost(
            "/instances/{id}/resume",
            (string id, string? reason, DurableTaskClient client, CancellationToken cancellationToken) =>
                ChangeAsync(client, id, () => client.ResumeInstanceAsync(id, reason, cancellationToken), cancellationToken)
        );
        group.MapPost("/instances/{id}/rewind", RewindAsync);
        group.MapPost("/instances/{id}/restart", RestartAsync);
    }

    private static async Task<IResult> GetAsync(
        [AsParameters] StatusRequest request,
        HttpContext http,
        DurableTaskClient client,
        DurableEngine engine,
        CheckStatus checkStatus,
        CancellationToken cancellationToken
    )
    {
        if (await client.GetInstanceAsync(request.Id, true, cancellationToken) is not { } instance)
        {
            return Results.NotFound();
        }

        var view = InstanceView.Of(instance, request.ShowInput);
        if (request.ShowHistory)
        {
            view["historyEvents"] = HistoryView.Of(engine.Store, request.Id, request.ShowHistoryOutput);
        }

        if (!instance.IsCompleted)
        {
            http.Response.Headers.Location = checkStatus.Url(http, request.Id);
            http.Response.Headers.RetryAfter = "5";
            return Results.Json(view, statusCode: StatusCodes.Status202Accepted);
        }

        var failed = instance.RuntimeStatus == OrchestrationRuntimeStatus.Failed && request.ReturnInternalServerErrorOnFailure;
        return Results.Json(view, statusCode: failed ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK);
    }

    private static async Task<IResult> RaiseEventAsync(
        string id,
        string eventName,
        HttpContext http,
        DurableTaskClient client,
        CancellationToken cancellationToken
    )
    {
        JsonNode? payload;
        try
        {
            payload = http.Request.HasJsonContentType()
                ? await JsonNode.ParseAsync(http.Request.Body, cancellationToken: cancellationToken)
                : throw new JsonException("The body is not application/json.");
        }
        catch (JsonException exception)
        {
            return Results.Text(exception.Message, statusCode: StatusCodes.Status400BadRequest);
        }

        return await ChangeAsync(client, id, () => client.RaiseEventAsync(id, eventName, payload, cancellationToken), cancellationToken);
    }

    /// <summary>Returns 202; 404 for an unknown id; 410 for a finished instance; 409 for a change that is not possible now.</summary>
    private static async Task<IResult> ChangeAsync(
        DurableTaskClient client,
        string id,
        Func<Task> change,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await change();
            return Results.StatusCode(StatusCodes.Status202Accepted);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The client throws many exception types (functions-api A2). The instance's status decides the response.
            return await client.GetInstanceAsync(id, cancellationToken) switch
            {
                null => Results.NotFound(),
                { IsCompleted: true } => Results.StatusCode(StatusCodes.Status410Gone),
                _ => Results.Text(exception.Message, statusCode: StatusCodes.Status409Conflict),
            };
        }
    }

    private static async Task<IResult> RewindAsync(string id, string? reason, DurableTaskClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.RewindInstanceAsync(id, reason ?? "", cancellationToken);
            return Results.StatusCode(StatusCodes.Status202Accepted);
        }
        catch (ArgumentException)
        {
            return Results.NotFound();
        }
        catch (InvalidOperationException exception)
        {
            return Results.Text(exception.Message, statusCode: StatusCodes.Status412PreconditionFailed);
        }
    }

    private static async Task<IResult> RestartAsync(
        string id,
        HttpContext http,
        DurableTaskClient client,
        CheckStatus checkStatus,
        CancellationToken cancellationToken,
        bool restartWithNewInstanceId = true
    )
    {
        try
        {
            return checkStatus.Accepted(http, await client.RestartAsync(id, restartWithNewInstanceId, cancellationToken));
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
            return InstanceLists.Purged((await client.PurgeInstanceAsync(id, cancellationToken)).PurgedInstanceCount);
        }
        catch (InvalidOperationException exception)
        {
            return Results.Text(exception.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    /// <summary>The parameters of a status request, with their defaults.</summary>
    internal sealed record StatusRequest(
        string Id,
        bool ShowInput = true,
        bool ShowHistory = false,
        bool ShowHistoryOutput = false,
        bool ReturnInternalServerErrorOnFailure = false
    );
}
