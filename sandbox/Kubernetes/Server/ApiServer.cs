using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Kubernetes.Access;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>One cluster's API server: HTTPS on its own loopback port.</summary>
internal sealed class ApiServer(
    SandboxWorld world,
    Func<ClusterShape> shape,
    RequestGate gate,
    ResourceHandler resources,
    Reviews reviews,
    TokenRequests tokens,
    PodLogs logs,
    Evictions evictions,
    ObjectStore store
) : IAsyncDisposable
{
    private readonly KubernetesFaults _faults = new(world, shape);
    private WebApplication? _app;

    public int Port { get; private set; }

    /// <param name="preferred">The previous port. The server takes another one if it is not free. 0: any.</param>
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

    public ValueTask DisposeAsync()
    {
        _faults.Dispose();
        return _app?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private async Task<WebApplication> ListenAsync(int port, X509Certificate2 certificate, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = 8 * 1024 * 1024;
                kestrel.Limits.MinResponseDataRate = null; // a quiet watch is not a slow client
                kestrel.Listen(
                    IPAddress.Loopback,
                    port,
                    listen =>
                        listen.UseHttps(https =>
                        {
                            https.ServerCertificate = certificate;
                            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                            // An unknown authority is a 401 of the API, not a TLS failure.
                            https.ClientCertificateValidation = (_, _, _) => true;
                        })
                );
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
        context.Response.Headers["Audit-Id"] = world.Ids.NewGuid($"audit/{Port}").ToString();
        if (!Admits(context.Connection.RemoteIpAddress ?? IPAddress.None))
        {
            FaultGate.Reset(context); // a real one is silent
            return;
        }

        world.Traffic.CountKubernetes(context.Request.Method is not ("GET" or "HEAD"));
        try
        {
            await _faults.InvokeAsync(context, () => RouteAsync(context));
        }
        catch (KubeError error) when (!context.Response.HasStarted)
        {
            await KubeAnswers.WriteAsync(context, error);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            await KubeAnswers.WriteAsync(
                context,
                new KubeError(500, "InternalError", $"Internal error occurred: {exception.GetType().Name}: {exception.Message}")
            );
        }
    }

    /// <summary>Whether the cluster's network lets a client through. Loopback addresses stand for public ones.</summary>
    private bool Admits(IPAddress client) =>
        shape() switch
        {
            { Private: true } => world.Addresses.Inside.Contains(client),
            { AuthorizedRanges: { Count: > 0 } ranges } => ranges.Any(range =>
                IPNetwork.TryParse(range.Contains('/', StringComparison.Ordinal) ? range : $"{range}/32", out var network)
                && network.Contains(client)
            ),
            _ => true,
        };

    private async Task RouteAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        if (path is "/healthz" or "/livez" or "/readyz")
        {
            await context.Response.WriteAsync("ok", context.RequestAborted);
            return;
        }

        var identity = gate.Identify(context);
        if (KubeRequest.Parse(path) is { } request && ServedTypes.Has(store, request.Type, request.Version))
        {
            gate.Demand(identity, AccessRequest.Of(context.Request, request));
            if (request.Type.Deprecations.TryGetValue(request.Version, out var warning))
            {
                context.Response.Headers.Append("Warning", $"299 - \"{warning}\"");
            }

            if (!request.Type.HasSubresource(request.Subresource))
            {
                await KubeAnswers.NotFoundAsync(context); // a real server has no such path
                return;
            }

            await ServeAsync(context, request, identity);
        }
        else if (Reviews.Parse(path, context.Request.Method) is { } review)
        {
            gate.Demand(identity, review);
            await KubeAnswers.WriteAsync(context, 201, reviews.Answer(review, identity, await BodyAsync(context, review.Resource)));
        }
        else
        {
            gate.Demand(identity, AccessRequest.OfPath(context.Request.Method, path));
            await MetaHandler.HandleAsync(context, path, store, shape().KubernetesVersion);
        }
    }

    private async Task ServeAsync(HttpContext context, KubeRequest request, KubeIdentity identity)
    {
        if (request is { Subresource: "log" } && request.Type == ResourceCatalog.Pod && HttpMethods.IsGet(context.Request.Method))
        {
            await logs.HandleAsync(context, request);
        }
        else if (
            request is { Subresource: "token" }
            && request.Type == ResourceCatalog.ServiceAccount
            && HttpMethods.IsPost(context.Request.Method)
        )
        {
            await KubeAnswers.WriteAsync(
                context,
                201,
                tokens.Answer(request.Namespace ?? "", request.Name ?? "", await BodyAsync(context, "TokenRequest"))
            );
        }
        else if (request is { Subresource: "eviction" } && HttpMethods.IsPost(context.Request.Method))
        {
            await KubeAnswers.WriteAsync(
                context,
                201,
                evictions.Answer(context.Request, request, identity, await BodyAsync(context, "Eviction"))
            );
        }
        else if (PodConnections.Is(request))
        {
            throw PodConnections.Refusal(context.Request, request, store);
        }
        else
        {
            await resources.HandleAsync(context, request, identity);
        }
    }

    private static async Task<JsonObject> BodyAsync(HttpContext context, string kind)
    {
        var (text, contentType) = await KubeRequestBody.ReadAsync(context.Request, context.RequestAborted);
        return KubeRequestBody.Object(text, contentType, kind);
    }
}
