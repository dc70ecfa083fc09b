using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;

namespace MeshPort.WebConsole;

/// <summary>Renders Razor components on the server. Razor escapes every text.</summary>
internal sealed class PageRenderer(IServiceProvider services, ILoggerFactory loggers, TimeProvider time)
{
    /// <summary>The clock of MeshPort in milliseconds since 1970, which may be simulated. The script compares times with it.</summary>
    public const string TimeHeader = "MeshPort-Time";

    private const string ContentType = "text/html; charset=utf-8";

    /// <summary>Answers with a component, or with 304 while it is the same as the caller has it.</summary>
    /// <typeparam name="TPage">A component with one parameter, <c>View</c>.</typeparam>
    public async Task<IResult> AnswerAsync<TPage>(HttpRequest request, object view)
        where TPage : IComponent
    {
        var content = Encoding.UTF8.GetBytes(await RenderAsync<TPage>(view));
        var headers = request.HttpContext.Response.Headers;
        var etag = ConsoleFile.EtagOf(content);
        headers.ETag = etag;
        headers[TimeHeader] = $"{time.GetUtcNow().ToUnixTimeMilliseconds()}";
        return IsKnown(request, etag) ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Bytes(content, ContentType);
    }

    public static bool IsKnown(HttpRequest request, string etag) =>
        request.Headers.IfNoneMatch.ToString().Contains(etag, StringComparison.Ordinal);

    internal async Task<string> RenderAsync<TPage>(object view)
        where TPage : IComponent
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?> { ["View"] = view });
            return (await renderer.RenderComponentAsync<TPage>(parameters)).ToHtmlString();
        });
    }
}
