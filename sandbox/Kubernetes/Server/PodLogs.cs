using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>The subresource <c>pods/log</c>: a container's output at start and for its connections.</summary>
internal sealed class PodLogs(ObjectStore store, ContainerOutputs outputs, TimeProvider clock)
{
    public async Task HandleAsync(HttpContext context, KubeRequest request)
    {
        var (query, cancellationToken) = (context.Request.Query, context.RequestAborted);
        var pod =
            store.Get(ResourceCatalog.Pod, request.Namespace ?? "", request.Name ?? "")
            ?? throw KubeError.NotFound(ResourceCatalog.Pod, request.Name ?? "");
        var container = PodContainers.Find(pod, query["container"].ToString());
        if (query["previous"] == "true")
        {
            throw KubeError.BadRequest($"previous terminated container \"{container.Text("name")}\" in pod \"{pod.Name()}\" not found");
        }

        var started = Started(pod, container);
        var output = outputs.Of(pod);
        OutputLine[] lines = [.. Lines(container).Select(text => new OutputLine(0, started, text)), .. output.After(0)];
        var last = lines.Length == 0 ? 0 : lines[^1].Number;
        if (Since(query) is { } since)
        {
            lines = [.. lines.Where(line => line.At >= since)];
        }

        if (query.Number("tailLines") is >= 0 and <= int.MaxValue and var tail)
        {
            lines = [.. lines.TakeLast((int)tail)];
        }

        var text = Text(lines, query);
        var longest = query.Number("limitBytes") is > 0 and var limit ? (int)Math.Min(limit, text.Length) : text.Length;
        context.Response.ContentType = "text/plain";
        await context.Response.Body.WriteAsync(text.AsMemory(0, longest), cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
        if (query["follow"] == "true" && longest == text.Length)
        {
            await foreach (var news in output.FollowAsync(last, cancellationToken))
            {
                await context.Response.Body.WriteAsync(Text(news, query), cancellationToken);
                await context.Response.Body.FlushAsync(cancellationToken);
            }
        }
    }

    private static byte[] Text(IEnumerable<OutputLine> lines, IQueryCollection query)
    {
        var stamped = query["timestamps"] == "true";
        return Encoding.UTF8.GetBytes(
            string.Concat(
                lines.Select(line =>
                    stamped
                        ? string.Create(
                            CultureInfo.InvariantCulture,
                            $"{line.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'} {line.Text}\n"
                        )
                        : $"{line.Text}\n"
                )
            )
        );
    }

    private static DateTimeOffset Started(JsonObject pod, JsonNode container)
    {
        var state = pod.Items("status", "containerStatuses")
            .FirstOrDefault(status => status.Text("name") == container.Text("name"))
            .At("state");
        if (DateTimeOffset.TryParse(state.Text("running", "startedAt"), CultureInfo.InvariantCulture, out var started))
        {
            return started;
        }

        var why = state.Text("waiting", "reason") switch
        {
            "ErrImagePull" => "image can't be pulled",
            "ImagePullBackOff" => "trying and failing to pull image",
            { } reason => reason,
            null => "ContainerCreating",
        };
        throw KubeError.BadRequest($"container \"{container.Text("name")}\" in pod \"{pod.Name()}\" is waiting to start: {why}");
    }

    private DateTimeOffset? Since(IQueryCollection query) =>
        query.Number("sinceSeconds") is > 0 and < int.MaxValue and var seconds ? clock.GetUtcNow().AddSeconds(-seconds)
        : DateTimeOffset.TryParse(query["sinceTime"], CultureInfo.InvariantCulture, out var time) ? time
        : null;

    /// <summary>From istio/istio: samples/tcp-echo/src/main.go. Other images have no known output.</summary>
    private static IEnumerable<string> Lines(JsonNode container)
    {
        var arguments = container.Items("args").Select(argument => argument.ToString()).ToArray();
        return Images.IsEcho(container.Text("image") ?? "") && arguments is [var ports, var prefix, ..]
            ? ports.Split(',').Select(port => $"listening on [::]:{port}, prefix: {prefix}")
            : [];
    }
}
