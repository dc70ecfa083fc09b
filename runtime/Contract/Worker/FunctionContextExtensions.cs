using MeshPort.Runtime.Contract.Worker.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Contract.Worker;

public static class FunctionContextExtensions
{
    /// <summary>The request's context; null when the function was not triggered by HTTP.</summary>
    public static HttpContext? GetHttpContext(this FunctionContext context) =>
        context.Items.TryGetValue("HttpRequestContext", out var value) ? value as HttpContext : null;
}

public static class FunctionContextHttpRequestExtensions
{
    /// <summary>The request; null when the function was not triggered by HTTP.</summary>
    public static ValueTask<HttpRequestData?> GetHttpRequestDataAsync(this FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return ValueTask.FromResult(context.Features.Get<HttpRequestData>());
    }
}

public static class FunctionContextLoggerExtensions
{
    public static ILogger<T> GetLogger<T>(this FunctionContext context) =>
        context.InstanceServices.GetRequiredService<ILogger<T>>();

    public static ILogger GetLogger(this FunctionContext context, string categoryName) =>
        context.InstanceServices.GetRequiredService<ILoggerFactory>().CreateLogger(categoryName);
}
