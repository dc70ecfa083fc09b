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

/// <summary>
/// POST /orchestrators/{name}/{id?}: starts an orchestration with the body as input. With a timeout, waits for its end (functions-api A7).
/// </summary>
internal static class StartApi
{
    private const double DefaultTimeoutSeconds = 10;
    private const double LongestTimeoutSeconds = 3600;

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPost("/orchestrators/{name}/{id?}", StartAsync);

    private static async Task<IResult> StartAsync(
        [AsParameters] StartRequest request,
        HttpContext http,
        DurableTaskClient client,
        IReadOnlyList<FunctionEntry> entries,
        CheckStatus checkStatus,
        CancellationToken cancellationToken
    )
    {
        if (Find(entries, request.Name) is not { } orchestrator)
        {
            return Refused($"The function '{request.Name}' doesn't exist, is disabled, or is not an orchestrator function.");
        }

        if (!request.HasValidTimes)
        {
            return Refused($"timeout is at most {LongestTimeoutSeconds} seconds, and pollingInterval at most the timeout.");
        }

        try
        {
            var options = request.Id is null ? null : new StartOrchestrationOptions(request.Id);
            var input = await ReadAsync(http.Request, cancellationToken);
            var started = await client.ScheduleNewOrchestrationInstanceAsync(orchestrator, input, options, cancellationToken);
            return request.Wait is { } wait
                ? await WaitAsync(http, client, started, wait, checkStatus, cancellationToken)
                : checkStatus.Accepted(http, started);
        }
        catch (JsonException)
        {
            return Refused("Invalid JSON content");
        }
        catch (ArgumentException exception)
        {
            return Refused(exception.Message);
        }
        catch (Exception exception) when (request.Id is not null && exception is not OperationCanceledException)
        {
            if (await client.GetInstanceAsync(request.Id, cancellationToken) is { IsCompleted: false })
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

    /// <param name="Id">The new instance's id. Null generates one.</param>
    /// <param name="Timeout">How long the caller waits for the end, in seconds.</param>
    /// <param name="PollingInterval">Seconds, accepted as the official host does. The wait needs no polling.</param>
    internal sealed record StartRequest(string Name, string? Id, double? Timeout, double? PollingInterval)
    {
        public bool HasValidTimes =>
            Timeout is not (< 0 or > LongestTimeoutSeconds or double.NaN)
            && PollingInterval is not (<= 0 or double.NaN)
            && !(PollingInterval > (Timeout ?? DefaultTimeoutSeconds));

        /// <summary>Null when the caller does not wait.</summary>
        public TimeSpan? Wait => Timeout is null && PollingInterval is null ? null : TimeSpan.FromSeconds(Timeout ?? DefaultTimeoutSeconds);
    }
}
