using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshPort.Runtime.Queues;

/// <summary>
/// The HTTP edge of the embedded queues: authenticates a request, calls its operation, and writes the response or the error as the service
/// does.
/// </summary>
internal sealed partial class QueueEndpoint(QueueAccount account, QueueRoutes routes, TimeProvider time, ILogger logger)
{
    private const string OldestVersion = "2009-09-19";

    public async Task HandleAsync(HttpContext context)
    {
        var requestId = Guid.NewGuid().ToString();
        context.Response.Headers["x-ms-request-id"] = requestId;
        Echo(context, "x-ms-client-request-id");
        try
        {
            CheckVersion(context);
            account.Authenticate(context.Request);
            await WriteAsync(context, await routes.AnswerAsync(context.Request, context.RequestAborted));
        }
        catch (QueueFault fault)
        {
            await WriteFaultAsync(context, fault, requestId);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort(); // the caller disconnected and reads no response
        }
        catch (Exception exception) when (exception is not BadHttpRequestException)
        {
            Log.Failed(logger, exception, context.Request.Method, context.Request.Path);
            await WriteFaultAsync(context, QueueFault.Internal(), requestId);
        }
    }

    private static async Task WriteAsync(HttpContext context, QueueAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        if (answer.Body is not null)
        {
            context.Response.ContentType = "application/xml";
            var body = QueueXml.Write(answer.Body);
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private async Task WriteFaultAsync(HttpContext context, QueueFault fault, string requestId)
    {
        if (fault.Status == 401)
        {
            context.Response.Headers.WWWAuthenticate = "SharedKey";
        }

        var body = new XElement(
            "Error",
            new XElement("Code", fault.Code),
            new XElement("Message", $"{fault.Message}\nRequestId:{requestId}\nTime:{time.GetUtcNow().UtcDateTime:O}"),
            fault.Details.Select(detail => new XElement(detail.Name, QueueXml.Clean(detail.Value)))
        );
        await WriteAsync(
            context,
            new(fault.Status, HttpMethods.IsHead(context.Request.Method) ? null : body) { Headers = [("x-ms-error-code", fault.Code)] }
        );
    }

    private static void CheckVersion(HttpContext context)
    {
        var version = context.Request.Headers["x-ms-version"].ToString();
        if (version.Length > 0 && !DateOnly.TryParseExact(version, "yyyy-MM-dd", out _))
        {
            throw QueueFault.InvalidHeader("x-ms-version", version);
        }

        context.Response.Headers["x-ms-version"] = version.Length > 0 ? version : OldestVersion;
    }

    private static void Echo(HttpContext context, string header)
    {
        if (context.Request.Headers.TryGetValue(header, out var value))
        {
            context.Response.Headers[header] = value;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The embedded queues failed to handle {Method} {Path}")]
        public static partial void Failed(ILogger logger, Exception exception, string method, string path);
    }
}
