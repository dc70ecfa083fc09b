using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace MeshPort.Runtime.Invocation;

/// <summary>
/// Calls a function: creates its class from the scope's services and binds its parameters. Continuations stay on the caller's
/// synchronization context, because orchestrators need that.
/// </summary>
internal static class FunctionInvoker
{
    /// <param name="bind">Returns the value of a parameter that holds the trigger or its data.</param>
    /// <returns>The function's result. Null for none.</returns>
    public static async Task<object?> InvokeAsync(FunctionEntry entry, FunctionContext context, Func<ParameterInfo, object?> bind)
    {
        var arguments = Array.ConvertAll(entry.Method.GetParameters(), parameter => Bind(parameter, context, bind));
        var target = entry.Method.IsStatic ? null : CreateTarget(entry, context.InstanceServices);
        var returned = entry.Method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null);
        return await ResultOf(returned);
    }

    private static object CreateTarget(FunctionEntry entry, IServiceProvider services)
    {
        var type = entry.Method.DeclaringType ?? throw new InvalidOperationException($"{entry.Name} has no class.");
        return ActivatorUtilities.GetServiceOrCreateInstance(services, type);
    }

    private static object? Bind(ParameterInfo parameter, FunctionContext context, Func<ParameterInfo, object?> bind)
    {
        if (parameter.ParameterType == typeof(FunctionContext))
        {
            return context;
        }

        if (parameter.ParameterType == typeof(CancellationToken))
        {
            return context.CancellationToken;
        }

        if (parameter.ParameterType == typeof(HttpRequestData))
        {
            return context.Features.Get<HttpRequestData>();
        }

        return parameter.GetCustomAttribute<DurableClientAttribute>() is not null
            ? context.InstanceServices.GetRequiredService<DurableTaskClient>()
            : bind(parameter);
    }

    private static async Task<object?> ResultOf(object? returned)
    {
        switch (returned)
        {
            case Task task:
                await task;
                return ValueOf(task);
            case ValueTask task:
                await task;
                return null;
            case not null when returned.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ValueTask<>):
                var asTask = (Task)type.GetMethod(nameof(ValueTask<int>.AsTask))!.Invoke(returned, null)!; // every ValueTask<T> has AsTask
                await asTask;
                return ValueOf(asTask);
            default:
                return returned;
        }
    }

    private static object? ValueOf(Task task)
    {
        for (var type = task.GetType(); type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
            {
                // An async method that returns a plain Task really returns a Task<VoidTaskResult>.
                var value = type.GetProperty("Result")?.GetValue(task);
                return value?.GetType().FullName == "System.Threading.Tasks.VoidTaskResult" ? null : value;
            }
        }

        return null;
    }
}
