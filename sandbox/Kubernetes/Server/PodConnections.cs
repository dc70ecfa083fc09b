using MeshPort.Sandbox.Kubernetes.Objects;
using Microsoft.AspNetCore.Http;

namespace MeshPort.Sandbox.Kubernetes.Server;

/// <summary>
/// <c>pods/exec</c>, <c>pods/attach</c> and <c>pods/portforward</c>. No kubelet runs behind this API server, so it gives a real server's
/// answer for an unreachable kubelet.
/// </summary>
internal static class PodConnections
{
    private const int KubeletPort = 10250;

    public static bool Is(KubeRequest request) =>
        request.Type == ResourceCatalog.Pod && request.Subresource is "exec" or "attach" or "portforward";

    public static KubeError Refusal(HttpRequest http, KubeRequest request, ObjectStore store)
    {
        if (store.Get(ResourceCatalog.Pod, request.Namespace ?? "", request.Name ?? "") is not { } pod)
        {
            return KubeError.NotFound(ResourceCatalog.Pod, request.Name ?? "");
        }

        return http.Headers.Upgrade.Count == 0
            ? KubeError.BadRequest("Upgrade request required")
            : new KubeError(
                500,
                "InternalError",
                "Internal error occurred: error dialing backend: dial tcp "
                    + $"{pod.Text("status", "hostIP") ?? pod.Text("spec", "nodeName")}:{KubeletPort}: connect: connection refused"
            );
    }
}
