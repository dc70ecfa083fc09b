using System.Text.Json.Nodes;
using MeshPort.Sandbox.Kubernetes.Objects;

namespace MeshPort.Sandbox.Kubernetes.Pods;

/// <summary>The container that a request about a pod means.</summary>
internal static class PodContainers
{
    /// <param name="name">Empty: the only one.</param>
    /// <exception cref="KubeError">The pod has no such container, or several.</exception>
    public static JsonNode Find(JsonObject pod, string name)
    {
        var containers = pod.Items("spec", "containers").ToArray();
        if (name.Length == 0)
        {
            return containers.Length == 1
                ? containers[0]
                : throw KubeError.BadRequest(
                    $"a container name must be specified for pod {pod.Name()}, choose one of: "
                        + $"[{string.Join(' ', containers.Select(container => container.Text("name")))}]"
                );
        }

        return containers.FirstOrDefault(container => container.Text("name") == name)
            ?? throw KubeError.BadRequest($"container {name} is not valid for pod {pod.Name()}");
    }
}
