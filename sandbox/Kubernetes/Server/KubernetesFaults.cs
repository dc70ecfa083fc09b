using System.Collections.Concurrent;
using System.Globalization;
using MeshPort.Sandbox.Faults;
using MeshPort.Sandbox.Kubernetes.Access;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.World;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>Faults of one cluster's API server (kube-semantics section f).</summary>
internal sealed class KubernetesFaults : IDisposable
{
    private const int UsualRetryAfter = 1;
    private const string UsualUser = "clusterUser";
    private static readonly TimeSpan UsualWatch = TimeSpan.FromSeconds(30);
    private readonly SandboxWorld _world;
    private readonly Func<ClusterShape> _cluster;
    private readonly FaultGate _gate;
    private readonly ConcurrentDictionary<HttpContext, FaultCall> _watches = [];

    public KubernetesFaults(SandboxWorld world, Func<ClusterShape> cluster)
    {
        _world = world;
        _cluster = cluster;
        _gate = new FaultGate(world.Faults, world.Clock, RefuseAsync);
        world.Faults.Added += CutRunning;
    }

    public async Task InvokeAsync(HttpContext http, Func<Task> next)
    {
        if (_world.Faults.All.Count == 0 && http.Request.Query.Count == 0)
        {
            await next(); // no fault now, and none that can strike this request later
            return;
        }

        var request = KubeRequest.Parse(http.Request.Path.Value ?? "/");
        var call = Call(_cluster(), http.Request, request);
        await _gate.InvokeAsync(
            http,
            call,
            request?.IsWatch(http.Request) == true ? () => WatchAsync(http, call with { Point = FaultPoint.Watch }, next) : next
        );
    }

    public void Dispose() => _world.Faults.Added -= CutRunning;

    private static FaultCall Call(ClusterShape cluster, HttpRequest request, KubeRequest? parsed)
    {
        var type = parsed is null
            ? request.Path.Value?.Trim('/') ?? ""
            : string.Join('/', new[] { parsed.Type.Group, parsed.Type.Plural, parsed.Subresource }.Where(part => part.Length > 0));
        return new FaultCall(
            FaultLayer.Kubernetes,
            FaultPoint.Request,
            [request.Method, parsed?.Verb(request) ?? request.Method],
            type,
            [cluster.Name, cluster.ClusterId, .. FaultCall.Segments(request)]
        );
    }

    private async Task WatchAsync(HttpContext http, FaultCall call, Func<Task> next)
    {
        _watches[http] = call;
        try
        {
            if (_world.Faults.Strike(call) is { } rule)
            {
                using var timer = _world.Clock.CreateTimer(_ => http.Abort(), null, rule.Lasts ?? UsualWatch, Timeout.InfiniteTimeSpan);
                await next();
            }
            else
            {
                await next();
            }
        }
        finally
        {
            _watches.TryRemove(http, out _);
        }
    }

    private void CutRunning(Fault fault)
    {
        foreach (var (http, call) in _watches)
        {
            if (fault.Rule.Kind == FaultKind.Down && (call with { Point = FaultPoint.Request }).Matches(fault.Rule))
            {
                FaultGate.Reset(http);
            }
            else if (fault.Rule.Kind == FaultKind.WatchDropped && call.Matches(fault.Rule) && _world.Faults.Strike(call) is not null)
            {
                http.Abort();
            }
        }
    }

    private static async Task RefuseAsync(HttpContext http, FaultRule rule)
    {
        var request = KubeRequest.Parse(http.Request.Path.Value ?? "/");
        if (rule.RetryAfter is { } asked)
        {
            http.Response.Headers.RetryAfter = asked.ToString(CultureInfo.InvariantCulture);
        }

        switch (rule.Kind)
        {
            case FaultKind.Throttle when rule.Code is not null: // by the storage, which answers with a Status
                throw KubeError.TooManyRequests(rule.Message ?? "storage is (re)initializing", rule.RetryAfter ?? UsualRetryAfter);
            case FaultKind.Throttle: // by priority and fairness, which answers in plain text
                http.Response.Headers.RetryAfter = (rule.RetryAfter ?? UsualRetryAfter).ToString(CultureInfo.InvariantCulture);
                http.Response.StatusCode = 429;
                http.Response.ContentType = "text/plain; charset=utf-8";
                await http.Response.WriteAsync($"{rule.Message ?? "Too many requests, please try again later."}\n", http.RequestAborted);
                return;
            case FaultKind.Conflict:
                throw Reworded(
                    rule,
                    request is { Name: { } name }
                        ? KubeError.Stale(request.Type, name)
                        : new KubeError(
                            409,
                            "Conflict",
                            "the object has been modified; please apply your changes to the latest version and try again"
                        )
                );
            case FaultKind.Refused:
                throw rule is { Code: null, Message: null }
                    ? Authorizer.Forbidden(
                        UsualUser,
                        request is null
                            ? AccessRequest.OfPath(http.Request.Method, http.Request.Path.Value ?? "/")
                            : AccessRequest.Of(http.Request, request),
                        ""
                    )
                    : new KubeError(403, rule.Code ?? "Forbidden", rule.Message ?? "forbidden");
            case FaultKind.Unavailable:
                throw Reworded(rule, new KubeError(503, "ServiceUnavailable", "the server is currently unable to handle the request"));
            default:
                throw Reworded(rule, KubeError.Internal("etcdserver: request timed out"));
        }
    }

    private static KubeError Reworded(FaultRule rule, KubeError usual) =>
        rule is { Code: null, Message: null } ? usual : new KubeError(usual.Code, rule.Code, rule.Message ?? usual.Message);
}
