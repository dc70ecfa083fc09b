using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Kubernetes.Access;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>One cluster's API server, on its own loopback port.</summary>
internal sealed class ApiServer(
    SandboxWorld world,
    Func<ClusterShape> shape,
    RequestGate gate,
    ResourceHandler resources,
    Reviews reviews,
    TokenRequests tokens,
    PodLogs logs,
    Evictions evictions,
    IPodConnections connections,
    ObjectStore store
) : IAsyncDisposable
{
    private readonly KubernetesFaults _faults = new(world, shape);
    private ApiListener? _listener;

    public int Port => _listener?.Port ?? 0;

    /// <param name="preferred">The previous port. The server takes another one if it is not free. 0: any.</param>
    public void Start(ApiHost host, int preferred)
    {
        try
        {
            _listener = host.Listen(preferred, HandleAsync);
        }
        catch (SocketException) when (preferred != 0)
        {
            _listener = host.Listen(0, HandleAsync);
        }
    }

    public ValueTask DisposeAsync()
    {
        _faults.Dispose();
        return _listener?.DisposeAsync() ?? ValueTask.CompletedTask;
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
        else if (IPodConnections.Has(request))
        {
            if (HttpMethods.IsGet(context.Request.Method) && Version.Parse(shape().KubernetesVersion).Minor >= 35)
            {
                gate.Demand(identity, AccessRequest.Of(context.Request, request) with { Verb = "create" }); // KEP 4006, from 1.35
            }

            var pod =
                store.Get(ResourceCatalog.Pod, request.Namespace ?? "", request.Name ?? "")
                ?? throw KubeError.NotFound(ResourceCatalog.Pod, request.Name ?? "");
            await connections.ServeAsync(context, pod, request.Subresource);
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
