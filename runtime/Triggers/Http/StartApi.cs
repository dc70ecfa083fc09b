using System.Text.Json;
using System.Text.Json.Nodes;
using MeshPort.Runtime.Invocation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>POST /orchestrators/{name}/{id?}: starts an orchestration with the body as input, and waits for it when a time is given (functions-api A7).</summary>
internal static class StartApi
{
    private const double DefaultTimeoutSeconds = 10;
    private const double LongestTimeoutSeconds = 3600;

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPost("/orchestrators/{name}/{id?}", StartAsync);

    private static async Task<IResult> StartAsync(
        string name,
        string? id,
        double? timeout,
        double? pollingInterval,
        HttpContext http,
        DurableTaskClient client,
        IReadOnlyList<FunctionEntry> entries,
        CheckStatus checkStatus,
        CancellationToken cancellationToken
    )
    {
        if (Find(entries, name) is not { } orchestrator)
        {
            return Refused($"The function '{name}' doesn't exist, is disabled, or is not an orchestrator function.");
        }

        if (
            timeout is < 0 or > LongestTimeoutSeconds or double.NaN
            || pollingInterval is <= 0 or double.NaN
            || pollingInterval > (timeout ?? DefaultTimeoutSeconds)
        )
        {
            return Refused($"timeout is at most {LongestTimeoutSeconds} seconds, and pollingInterval at most the timeout.");
        }

        try
        {
            var input = await ReadAsync(http.Request, cancellationToken);
            var started = await client.ScheduleNewOrchestrationInstanceAsync(
                orchestrator,
                input,
                id is null ? null : new StartOrchestrationOptions(id),
                cancellationToken
            );
            return timeout is null && pollingInterval is null
                ? checkStatus.Accepted(http, started)
                : await WaitAsync(
                    http,
                    client,
                    started,
                    TimeSpan.FromSeconds(timeout ?? DefaultTimeoutSeconds),
                    checkStatus,
                    cancellationToken
                );
        }
        catch (JsonException)
        {
            return Refused("Invalid JSON content");
        }
        catch (ArgumentException exception)
        {
            return Refused(exception.Message);
        }
        catch (Exception exception) when (id is not null && exception is not OperationCanceledException)
        {
            if (await client.GetInstanceAsync(id, cancellationToken) is { IsCompleted: false })
            {
                return Results.Text(exception.Message, statusCode: StatusCodes.Status409Conflict);
            }

            throw;
        }
    }

    private static async Task<IResult> WaitAsync(
        HttpContext http,
        DurableTaskClient client,
        string id,
        TimeSpan timeout,
        CheckStatus checkStatus,
        CancellationToken cancellationToken
    )
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            var instance = await client.WaitForInstanceCompletionAsync(id, true, deadline.Token);
            var view = InstanceView.Of(instance, showInput: true);
            return Results.Json(instance.RuntimeStatus == OrchestrationRuntimeStatus.Completed ? view["output"]?.DeepClone() : view);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return checkStatus.Accepted(http, id);
        }
    }

    private static async Task<JsonNode?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync(cancellationToken);
        return string.IsNullOrWhiteSpace(text) ? null : JsonNode.Parse(text);
    }

    private static string? Find(IReadOnlyList<FunctionEntry> entries, string name) =>
        entries
            .Where(entry => entry.Trigger is OrchestrationTriggerAttribute)
            .Select(entry => entry.DurableName)
            .FirstOrDefault(known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase));

    private static IResult Refused(string message) => Results.Text(message, statusCode: StatusCodes.Status400BadRequest);
}
