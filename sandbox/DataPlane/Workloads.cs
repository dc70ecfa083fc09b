using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;
using MeshPort.Sandbox.Kubernetes.Pods;

namespace MeshPort.Sandbox.DataPlane;

/// <summary>The ready pods of Services, in round-robin order.</summary>
internal sealed class Workloads(ObjectStore store)
{
    private uint _turn;

    /// <returns>Null when the Service has no ready pod.</returns>
    public JsonObject? Next(JsonObject service)
    {
        var selector = service.Strings("spec", "selector");
        var pods = store
            .List(ResourceCatalog.Pod, service.Namespace())
            .Where(pod => PodStatus.IsReady(pod) && selector.Matches(pod.Strings("metadata", "labels")))
            .ToArray();
        return pods.Length == 0 ? null : pods[Interlocked.Increment(ref _turn) % (uint)pods.Length];
    }

    public static string Image(JsonObject pod) => pod.Items("spec", "containers").FirstOrDefault().Text("image") ?? "";

    public static Hop Into(JsonObject pod, long port)
    {
        var container = pod.Items("spec", "containers").FirstOrDefault();
        return new Hop(
            HopKind.Workload,
            $"{pod.Namespace()}/{pod.Name()}:{port}",
            Image(pod),
            [.. container.Items("args").Select(argument => argument.ToString())],
            port
        )
        {
            Pod = pod.Uid(),
        };
    }
}
