using System.Reflection;
using MeshPort.Runtime.Invocation;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.Runtime.Triggers;

/// <summary>Runs a function for a trigger: in a scope, within functionTimeout, and with its outputs sent.</summary>
internal sealed class FunctionRunner(IServiceScopeFactory scopes, FunctionOutputs outputs, FunctionTimeout timeout)
{
    /// <param name="bind">Gives the value of a parameter that is the trigger's or the trigger's data.</param>
    /// <exception cref="TimeoutException">The function was cancelled because it took too long.</exception>
    public async Task<object?> RunAsync(FunctionEntry entry, IReadOnlyDictionary<string, object?> data, Func<ParameterInfo, object?> bind, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await RunAsync(entry, scope.ServiceProvider, null, data, bind, cancellationToken);
    }

    /// <summary>In the scope of the request.</summary>
    /// <returns>The answer to the request.</returns>
    public Task<object?> RunAsync(FunctionEntry entry, HttpContext http, IReadOnlyDictionary<string, object?> data, Func<ParameterInfo, object?> bind) =>
        RunAsync(entry, http.RequestServices, http, data, bind, http.RequestAborted);

    private async Task<object?> RunAsync(
        FunctionEntry entry, IServiceProvider services, HttpContext? http, IReadOnlyDictionary<string, object?> data, Func<ParameterInfo, object?> bind, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout.Limit);
        var context = new LocalFunctionContext(entry, services, data, deadline.Token);
        if (http is not null)
        {
            context.Items["HttpRequestContext"] = http;
        }

        try
        {
            return await outputs.SendAsync(entry, await FunctionInvoker.InvokeAsync(entry, context, bind), deadline.Token);
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Timeout value of {timeout.Limit} exceeded by function: {entry.Name}", exception);
        }
    }
}
