using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace MeshPort.Runtime.Tests.Functions;

internal sealed class Endpoints(Effects effects)
{
    [Function(nameof(Greet))]
    public static IActionResult Greet(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "greet/{name}/{count:int}")] HttpRequest request,
        string name,
        int count,
        FunctionContext context
    ) =>
        new OkObjectResult(
            new
            {
                Greeting = $"{name} {count} {request.Method}",
                Function = context.FunctionDefinition.Name,
                Bound = context.BindingContext.BindingData["NAME"],
                Same = context.GetHttpContext() == request.HttpContext,
            }
        );

    [Function(nameof(Echo))]
    public static async Task<IResult> Echo(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", "put")] HttpRequest request,
        CancellationToken cancellationToken
    ) => Results.Json(await request.ReadFromJsonAsync<Pair>(cancellationToken), statusCode: 201);

    [Function("Start")]
    public async Task<IActionResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "start/{id:guid}")] HttpRequest request,
        Guid id,
        [DurableClient] DurableTaskClient client
    )
    {
        effects.Log.Enqueue(request.Path);
        return new AcceptedResult(
            "/elsewhere",
            await client.ScheduleNewOrchestrationInstanceAsync(
                nameof(Orchestrators.Collect),
                1,
                new StartOrchestrationOptions(id.ToString())
            )
        );
    }

    [Function(nameof(Broken))]
    public static IActionResult Broken([HttpTrigger(AuthorizationLevel.Function)] HttpRequest request) =>
        throw new InvalidOperationException($"secret {request.Path}");

    [Function(nameof(Plain))]
    public static string Plain([HttpTrigger(AuthorizationLevel.Function)] HttpRequest request) => request.Path;

    [Function(nameof(Hourly))]
    public void Hourly([TimerTrigger("%HourlySchedule%")] TimerInfo timer)
    {
        effects.Timer = timer;
        effects.Log.Enqueue(timer.IsPastDue ? "tick past due" : "tick");
        effects.TimerRan.TrySetResult();
    }
}
