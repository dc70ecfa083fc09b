using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace MeshPort.Runtime.Tests.Triggers.Functions;

internal sealed class Enqueued
{
    [HttpResult]
    public required IActionResult Answer { get; init; }

    [QueueOutput("texts")]
    public string[]? Messages { get; init; }
}

internal sealed class HttpFunctions(Deliveries deliveries)
{
    [Function("Enqueue")]
    public static Enqueued Enqueue(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "enqueue/{text}")] HttpRequest request,
        string text
    ) => new() { Answer = new AcceptedResult(request.Path, text), Messages = [text, text] };

    [Function("Read")]
    public static async Task<IResult> ReadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        using var reader = new StreamReader(request.Body);
        return Results.Text($"{(await reader.ReadToEndAsync(cancellationToken)).Length}");
    }

    [Function("Number")]
    public static IResult Number(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "number/{value}")] HttpRequest request,
        int value
    ) => Results.Text($"{value} {request.Method}");

    [Function("Waiting")]
    public async Task<IResult> WaitAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get")] HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        deliveries.Add($"waiting {request.Method}");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            deliveries.Add("cancelled");
            throw;
        }

        return Results.Ok();
    }

    [Function("Gated")]
    public async Task<IResult> GatedAsync([HttpTrigger(AuthorizationLevel.Function, "get")] HttpRequest request)
    {
        deliveries.Add($"gated {request.Method}");
        await deliveries.Gate.Task;
        return Results.Text("done");
    }
}
