using System.Text.Json;
using MeshPort.Api;
using MeshPort.Json;
using MeshPort.WebConsole.Pages;
using MeshPort.WebConsole.Views;
using Microsoft.AspNetCore.Http;

namespace MeshPort.WebConsole;

/// <summary>
/// The console's page, scripts and style, for everybody. They have no data: the script requests it with the credential of the caller
/// (<see cref="ConsolePages"/>). Every path without a file answers with the same page, so that links into the console work.
/// </summary>
internal sealed class ConsoleShell(PublicAddress address, ConsoleOptions options, PageRenderer renderer)
{
    private const string Root = "/console";

    [Function("Console")]
    public async Task<IResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "console/{*path}")] HttpRequest request)
    {
        address.GiveTo(request);
        ConsoleHeaders.GiveToFile(request.HttpContext.Response, options);
        var name = request.Path.Value is { } path && path.Length > Root.Length ? path[(Root.Length + 1)..] : "";
        return ConsoleFile.All.TryGetValue(name, out var file)
            ? Answer(request, file)
            : await renderer.AnswerAsync<Shell>(request, new ShellView(request.PathBase + Root, Settings(request)));
    }

    private static IResult Answer(HttpRequest request, ConsoleFile file)
    {
        request.HttpContext.Response.Headers.ETag = file.Etag;
        return PageRenderer.IsKnown(request, file.Etag)
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Bytes(file.Content, file.ContentType);
    }

    /// <summary>The settings that the script needs before it has a credential, as JSON.</summary>
    private string Settings(HttpRequest request) =>
        JsonSerializer.Serialize(
            new
            {
                Base = request.PathBase.Value ?? "",
                Entra = options.HasEntra
                    ? new
                    {
                        options.ClientId,
                        options.Scope,
                        Authority = options.Authority.AbsoluteUri,
                    }
                    : null,
            },
            MeshPortJson.Options
        );
}
