using System.Net;
using System.Security.Cryptography.X509Certificates;
using MeshPort.Sandbox.Kubernetes.Definitions;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>One cluster's API server: HTTPS on a loopback port of its own.</summary>
internal sealed class ApiServer(SandboxWorld world, KubeAuthentication authentication, Func<ClusterShape> shape, ObjectStore store, ResourceHandler resources) : IAsyncDisposable
{
    private WebApplication? _app;

    public int Port { get; private set; }

    /// <param name="preferred">The port that was used before; another is taken when it is not free. 0 for any.</param>
    public async Task StartAsync(int preferred, X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        try
        {
            _app = await ListenAsync(preferred, certificate, cancellationToken);
        }
        catch (IOException) when (preferred != 0)
        {
            _app = await ListenAsync(0, certificate, cancellationToken);
        }

        Port = new Uri(_app.Urls.First()).Port;
    }

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<WebApplication> ListenAsync(int port, X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 8 * 1024 * 1024;
            kestrel.Limits.MinResponseDataRate = null; // a quiet watch is not a slow client
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseHttps(https =>
            {
                https.ServerCertificate = certificate;
                https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                https.ClientCertificateValidation = (_, _, _) => true; // an unknown authority is a 401 of the API, not of TLS
            }));
        });
        var app = builder.Build();
        app.Run(HandleAsync);
        try
        {
            await app.StartAsync(cancellationToken);
            return app;
        }
        catch (IOException)
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private async Task HandleAsync(HttpContext context)
    {
        world.Traffic.CountKubernetes(context.Request.Method is not ("GET" or "HEAD"));
        try
        {
            await RouteAsync(context);
        }
        catch (KubeError error) when (!context.Response.HasStarted)
        {
            await Answers.WriteAsync(context, error);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await Answers.WriteAsync(context, new KubeError(500, "InternalError", $"Internal error occurred: {exception.GetType().Name}: {exception.Message}"));
        }
    }

    private async Task RouteAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        if (path is "/healthz" or "/livez" or "/readyz")
        {
            await context.Response.WriteAsync("ok", context.RequestAborted);
            return;
        }

        var identity = authentication.Identify(shape(), context.Connection.ClientCertificate, context.Request.Headers.Authorization is [{ } header, ..] ? header : null);
        var request = KubeRequest.Parse(path);
        if (identity.IsAnonymous && path != "/version")
        {
            throw request is null
                ? KubeError.ForbiddenPath(identity.User, context.Request.Method.ToLowerInvariant(), path)
                : KubeError.Forbidden(identity.User, request.Verb(context.Request), request.Type, request.Namespace ?? "", request.Name);
        }

        if (request is not null && CustomDefinition.Serves(store, request.Type, request.Version))
        {
            if (request.Type.Deprecations.TryGetValue(request.Version, out var warning))
            {
                context.Response.Headers.Append("Warning", $"299 - \"{warning}\"");
            }

            await resources.HandleAsync(context, request);
        }
        else if (SelfReviews.Answer(path, context.Request.Method, identity) is { } review)
        {
            await Answers.WriteAsync(context, 201, review);
        }
        else if (Discovery.Answer(path, shape().KubernetesVersion, Served) is { } discovery)
        {
            await Answers.WriteAsync(context, 200, discovery);
        }
        else
        {
            await Answers.NotFoundAsync(context);
        }
    }

    private bool Served(ResourceType type) => CustomDefinition.Serves(store, type, version: null);
}
