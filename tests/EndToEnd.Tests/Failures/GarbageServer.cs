using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MeshPort.EndToEnd.Tests.Failures;

/// <summary>A server that answers every request with success and without JSON, like a proxy's login page.</summary>
internal sealed class GarbageServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private GarbageServer(WebApplication application) => _application = application;

    public string Kubeconfig =>
        $"""
            apiVersion: v1
            kind: Config
            current-context: garbage
            clusters:
            - name: garbage
              cluster:
                server: {_application.Urls.Single()}
            contexts:
            - name: garbage
              context:
                cluster: garbage
                user: nobody
            users:
            - name: nobody
              user:
                token: none
            """;

    public static async Task<GarbageServer> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        application.Run(http => http.Response.WriteAsync("<html>Please log in</html>", http.RequestAborted));
        await application.StartAsync(cancellationToken);
        return new GarbageServer(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
