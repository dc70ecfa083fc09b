using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using MeshPort.Runtime.Contract.Worker;
using MeshPort.Runtime.Invocation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>HTTP triggers as ASP.NET Core endpoints (functions-api A11). No key is asked for: on loopback the official local tooling asks for none either.</summary>
internal static partial class HttpTriggers
{
    public static void Map(IEndpointRouteBuilder endpoints, IEnumerable<FunctionEntry> entries, string routePrefix, ILogger logger)
    {
        foreach (var entry in entries)
        {
            if (entry.Trigger is not HttpTriggerAttribute trigger)
            {
                continue;
            }

            var pattern = $"/{routePrefix.Trim('/')}/{(trigger.Route ?? entry.Name).TrimStart('/')}".Replace("//", "/", StringComparison.Ordinal);
            RequestDelegate run = context => RunAsync(entry, context, logger);
            var endpoint = trigger.Methods is { Length: > 0 } methods
                ? endpoints.MapMethods(pattern, methods.Select(method => method.ToUpperInvariant()), run)
                : endpoints.Map(pattern, run);
            endpoint.WithDisplayName(entry.Name);
        }
    }

    private static async Task RunAsync(FunctionEntry entry, HttpContext http, ILogger logger)
    {
        try
        {
            var data = http.Request.RouteValues.ToDictionary(value => value.Key, value => value.Value, StringComparer.OrdinalIgnoreCase);
            var context = new LocalFunctionContext(entry, http.RequestServices, data, http.RequestAborted);
            context.Items["HttpRequestContext"] = http;
            await WriteAsync(await FunctionInvoker.InvokeAsync(entry, context, parameter => parameter == entry.TriggerParameter ? http.Request : Bind(parameter, http)), http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            LogAborted(logger, entry.Name);
        }
        catch (Exception exception)
        {
            LogFailed(logger, exception, entry.Name);
            if (http.Response.HasStarted)
            {
                http.Abort();
                return;
            }

            http.Response.Clear();
            http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    /// <summary>Anything but a result gives 200 with an empty body, as on Azure (functions-api A11).</summary>
    private static Task WriteAsync(object? returned, HttpContext http) => returned switch
    {
        IActionResult result => result.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), new ActionDescriptor())),
        IResult result => result.ExecuteAsync(http),
        _ => Task.CompletedTask,
    };

    private static object? Bind(ParameterInfo parameter, HttpContext http)
    {
        if (parameter.Name is { } name
            && (http.Request.RouteValues.TryGetValue(name, out var value) || (value = http.Request.Query[name].FirstOrDefault()) is not null)
            && value is not null)
        {
            return ConvertTo(Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType, value);
        }

        return parameter.HasDefaultValue
            ? parameter.DefaultValue
            : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null;
    }

    private static object? ConvertTo(Type type, object value) =>
        type.IsInstanceOfType(value)
            ? value
            : TypeDescriptor.GetConverter(type).ConvertFromString(null, CultureInfo.InvariantCulture, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");

    [LoggerMessage(Level = LogLevel.Error, Message = "Function {Name} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string name);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The caller of function {Name} has gone")]
    private static partial void LogAborted(ILogger logger, string name);
}
