using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using MeshPort.Runtime.Invocation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Triggers.Http;

/// <summary>HTTP triggers as ASP.NET Core endpoints (functions-api A11).</summary>
internal sealed partial class HttpTriggers(
    IReadOnlyList<FunctionEntry> entries,
    FunctionRunner runner,
    BodyBinding bodies,
    FunctionKey key,
    ILogger<HttpTriggers> logger
)
{
    public void Map(IEndpointRouteBuilder endpoints, string routePrefix)
    {
        foreach (var entry in entries)
        {
            if (entry.Trigger is HttpTriggerAttribute trigger)
            {
                var pattern = HttpRoute.Pattern(entry, trigger, routePrefix);
                RequestDelegate run = context => RunAsync(entry, trigger, context);
                var endpoint = trigger.Methods is { Length: > 0 } methods
                    ? endpoints.MapMethods(pattern, methods.Select(method => method.ToUpperInvariant()), run)
                    : endpoints.Map(pattern, run);
                endpoint.WithDisplayName(entry.Name);
            }
        }
    }

    private async Task RunAsync(FunctionEntry entry, HttpTriggerAttribute trigger, HttpContext http)
    {
        if (trigger.AuthLevel != AuthorizationLevel.Anonymous && !key.Admits(http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        try
        {
            var data = http.Request.RouteValues.ToDictionary(value => value.Key, value => value.Value, StringComparer.OrdinalIgnoreCase);
            var body = await bodies.BindAsync(entry, http);
            await WriteAsync(
                await runner.RunAsync(
                    entry,
                    http,
                    data,
                    parameter =>
                        parameter == entry.TriggerParameter ? http.Request
                        : BodyBinding.IsBody(parameter) ? body
                        : Bind(parameter, http)
                ),
                http
            );
        }
        catch (Exception exception)
            when (http.RequestAborted.IsCancellationRequested
                && exception is OperationCanceledException or (IOException and not BadHttpRequestException)
            )
        {
            LogAborted(logger, entry.Name);
        }
        catch (BadHttpRequestException exception)
        {
            LogRefused(logger, exception, entry.Name);
            Fail(http, exception.StatusCode); // too large, too slow, or an invalid parameter value
        }
        catch (Exception exception)
        {
            LogFailed(logger, exception, entry.Name);
            Fail(http, StatusCodes.Status500InternalServerError);
        }
    }

    private static void Fail(HttpContext http, int status)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.Clear();
        http.Response.StatusCode = status;
    }

    /// <summary>Any other type gives 200 with an empty body, as on Azure (functions-api A11).</summary>
    private static Task WriteAsync(object? returned, HttpContext http) =>
        returned switch
        {
            IActionResult result => result.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), new ActionDescriptor())),
            IResult result => result.ExecuteAsync(http),
            _ => Task.CompletedTask,
        };

    private static object? Bind(ParameterInfo parameter, HttpContext http)
    {
        if (
            parameter.Name is { } name
            && (
                http.Request.RouteValues.TryGetValue(name, out var value) || (value = http.Request.Query[name].FirstOrDefault()) is not null
            )
            && value is not null
        )
        {
            return ConvertTo(name, Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType, value);
        }

        return ParameterData.DefaultOf(parameter);
    }

    private static object? ConvertTo(string name, Type type, object value)
    {
        if (type.IsInstanceOfType(value))
        {
            return value;
        }

        try
        {
            return TypeDescriptor
                .GetConverter(type)
                .ConvertFromString(null, CultureInfo.InvariantCulture, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException or NotSupportedException)
        {
            throw new BadHttpRequestException($"'{name}' is not a valid {type.Name}.", StatusCodes.Status400BadRequest, exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Function {Name} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "A request for function {Name} was rejected")]
    private static partial void LogRefused(ILogger logger, Exception exception, string name);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The caller of function {Name} disconnected")]
    private static partial void LogAborted(ILogger logger, string name);
}
