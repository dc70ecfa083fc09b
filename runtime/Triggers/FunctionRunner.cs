using System.Reflection;
using MeshPort.Runtime.Invocation;
using MeshPort.Runtime.Tracing;
using MeshPort.Runtime.Triggers.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.Runtime.Triggers;

/// <summary>Runs a function for a trigger: in a service scope, within functionTimeout, and sends its outputs.</summary>
internal sealed class FunctionRunner(IServiceScopeFactory scopes, FunctionOutputs outputs, FunctionTimeout timeout)
{
    /// <param name="bind">Returns the value of a parameter that holds the trigger or its data.</param>
    /// <param name="retry">The current retry. Null for a function without retries.</param>
    /// <exception cref="TimeoutException">The function exceeded functionTimeout and was cancelled.</exception>
    public async Task<object?> RunAsync(
        FunctionEntry entry,
        IReadOnlyDictionary<string, object?> data,
        Func<ParameterInfo, object?> bind,
        CancellationToken cancellationToken,
        RetryContext? retry = null
    )
    {
        using var span = RuntimeSpans.Function(entry);
        await using var scope = scopes.CreateAsyncScope();
        try
        {
            return await timeout.RunAsync(
                entry.Name,
                token => RunAsync(new LocalFunctionContext(entry, scope.ServiceProvider, data, token, retry), entry, bind),
                cancellationToken
            );
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            throw;
        }
    }

    /// <summary>Runs a function in the request's service scope.</summary>
    /// <returns>The response to the request.</returns>
    public Task<object?> RunAsync(
        FunctionEntry entry,
        HttpContext http,
        IReadOnlyDictionary<string, object?> data,
        Func<ParameterInfo, object?> bind
    ) =>
        timeout.RunAsync(
            entry.Name,
            token =>
            {
                var context = new LocalFunctionContext(entry, http.RequestServices, data, token);
                context.Items["HttpRequestContext"] = http;
                var request = new AspNetRequestData(http.Request, context);
                context.Features.Set<HttpRequestData>(request);
                context.Features.Set<IHttpRequestDataFeature>(request);
                return RunAsync(context, entry, bind);
            },
            http.RequestAborted
        );

    private async Task<object?> RunAsync(LocalFunctionContext context, FunctionEntry entry, Func<ParameterInfo, object?> bind) =>
        await outputs.SendAsync(entry, await FunctionInvoker.InvokeAsync(entry, context, bind), context.CancellationToken);
}
