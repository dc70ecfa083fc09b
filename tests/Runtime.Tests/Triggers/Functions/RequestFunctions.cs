using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker.Http;
using MvcFromBody = Microsoft.AspNetCore.Mvc.FromBodyAttribute;

namespace MeshPort.Runtime.Tests.Triggers.Functions;

/// <summary>Functions that use the worker's request and response, or bind the body to a parameter.</summary>
internal sealed class RequestFunctions
{
    [Function("TakeOrder")]
    public static IResult TakeOrder(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "orders/{shop}")] HttpRequest request,
        string shop,
        [FromBody] Order order
    ) => Results.Text($"{request.Method} {shop} {order}");

    [Function("MvcBody")]
    public static IResult MvcBody([HttpTrigger(AuthorizationLevel.Function, "post")] HttpRequest request, [MvcFromBody] Order? order) =>
        Results.Text($"{request.Method} {order is null}");

    [Function("Data")]
    public static async Task<HttpResponseData> DataAsync(
        [HttpTrigger(AuthorizationLevel.Function, "post")] HttpRequestData request,
        FunctionContext context
    )
    {
        var order = await request.ReadFromJsonAsync<Order>();
        var response = request.CreateResponse(HttpStatusCode.Created);
        response.Headers.Add(
            "X-Seen",
            $"{request.Method} {request.Query["q"]} {request.Cookies.Single().Value} {request.Headers.GetValues("X-Sent").Single()}"
        );
        response.Cookies.Append(
            new HttpCookie("left", "1")
            {
                MaxAge = 60,
                SameSite = SameSite.Strict,
                HttpOnly = true,
            }
        );
        await response.WriteAsJsonAsync(new { order?.Customer, Same = ReferenceEquals(request, await context.GetHttpRequestDataAsync()) });
        return response;
    }

    [Function("WholeText")]
    public static async Task<HttpResponseData> WholeTextAsync([HttpTrigger(AuthorizationLevel.Function, "post")] HttpRequestData request)
    {
        var response = HttpResponseData.CreateResponse(request);
        await response.WriteStringAsync($"{await request.ReadAsStringAsync()}!");
        return response;
    }

    [Function("Holding")]
    public static HttpResponseData Holding([HttpTrigger(AuthorizationLevel.Function, "post")] HttpRequestData request)
    {
        var response = request.CreateResponse();
        response.WriteString("x");
        return response;
    }
}
